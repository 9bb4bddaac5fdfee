package augment

import "math"

// blur is Pillow's GaussianBlur with radius sigma: three extended box blurs
// along each axis (Gwosdek et al. 2011). It has no kernel.
func (c *byteCanvas) blur(sigma float64, _ int) {
	box := newBoxBlur(sigma)
	if box.reach == 0 && box.edge == 0 {
		return
	}
	c.spare = grow(c.spare, max(c.width, c.height))
	for i := range 3 * c.height {
		box.line(c.x[i/3*3*c.width+i%3:], 3, c.spare[:c.width])
	}
	for i := range 3 * c.width {
		box.line(c.x[i:], 3*c.width, c.spare[:c.height])
	}
}

// boxBlur is a box of 2·reach+1 whole pixels with a part of a pixel at either
// end. The weights have 24 fractional bits.
type boxBlur struct {
	reach        int
	center, edge int
}

func newBoxBlur(sigma float64) boxBlur {
	variance := sigma * sigma / 3 // of each of the three passes
	reach := math.Floor((math.Sqrt(12*variance+1) - 1) / 2)
	extra := (2*reach + 1) * (reach*(reach+1) - 3*variance) / (6 * (variance - (reach+1)*(reach+1)))
	radius := float32(reach + extra)
	b := boxBlur{reach: int(radius)}
	b.center = int(uint32(float32(1<<24) / (radius*2 + 1)))
	b.edge = (1<<24 - (2*b.reach+1)*b.center) / 2
	return b
}

// line blurs every stride-th value of x three times; copied has room for them.
func (b boxBlur) line(x []uint8, stride int, copied []uint8) {
	last := len(copied) - 1
	for range 3 {
		for i := range copied {
			copied[i] = x[i*stride]
		}
		at := func(i int) int { return int(copied[min(max(i, 0), last)]) } // the edges are repeated
		sum := 0
		for k := -b.reach; k <= b.reach; k++ {
			sum += at(k)
		}
		for i := range copied {
			x[i*stride] = uint8((b.center*sum + b.edge*(at(i-b.reach-1)+at(i+b.reach+1)) + 1<<23) >> 24)
			sum += at(i+b.reach+1) - at(i-b.reach)
		}
	}
}

package jpeg

import "math"

// block is 8×8 coefficients, in the order that the transform with vectors reads: rows 0 and 4 in turns, then 2 and 6, 1
// and 3, and 5 and 7 (see place). They wrap around at 16 bits, as in libjpeg.
type block [64]int16

// place is where the coefficients are that come one after another.
var place = func() (places [64]uint8) {
	for k, at := range zigzag {
		x, y := at%8, at/8
		pair, second := y/2%2, y/4 // even rows: 0 and 4, 2 and 6
		if y%2 == 1 {
			pair, second = 2+y/4, y/2%2
		}
		places[k] = 16*pair + 2*x + second
	}
	return places
}()

// zigzag is where, row by row, the coefficients are that come one after another.
var zigzag = func() (order [64]uint8) {
	x, y := uint8(0), uint8(0)
	for k := range order {
		order[k] = 8*y + x
		switch up := (x+y)%2 == 0; {
		case up && x == 7, !up && y < 7 && x == 0:
			y++
		case up && y == 0, !up && y == 7:
			x++
		case up:
			x, y = x+1, y-1
		default:
			x, y = x-1, y+1
		}
	}
	return order
}()

// The constants of the transform, with 13 fractional bits.
const (
	fraction = 13
	kept     = 2 // fractional bits that the first pass leaves

	fix0298631336 = 2446
	fix0390180644 = 3196
	fix0541196100 = 4433
	fix0765366865 = 6270
	fix0899976223 = 7373
	fix1175875602 = 9633
	fix1501321110 = 12299
	fix1847759065 = 15137
	fix1961570560 = 16069
	fix2053119869 = 16819
	fix2562915447 = 20995
	fix3072711026 = 25172
)

// natural is 8×8 numbers, row by row.
type natural [64]int32

// scaled are the coefficients, each times its own scale.
func (b *block) scaled(scale *block) (n natural) {
	for k, at := range zigzag {
		n[at&63] = int32(b[place[k]&63] * scale[place[k]&63])
	}
	return n
}

// inverseOf is inverse without vectors.
func (b *block) inverseOf(scale *block, to []uint8, stride int) {
	scaled := b.scaled(scale)
	scaled.inverse(to, stride)
}

// inverse writes the samples of a block's scaled coefficients to the first 8 columns
// of 8 rows. It is the transform of Loeffler, Ligtenberg and Moschytz (1989, ICASSP,
// pp. 988–991) in the fixed point of libjpeg's "islow".
func (b *natural) inverse(to []uint8, stride int) {
	for x := range 8 {
		c := b[x : x+57]
		y0, y1, y2, y3, y4, y5, y6, y7 := inverse8(c[0], c[8], c[16], c[24], c[32], c[40], c[48], c[56])
		const shift, half = fraction - kept, 1 << (fraction - kept - 1)
		for y, value := range [8]int32{y0, y1, y2, y3, y4, y5, y6, y7} {
			c[8*y] = min(max((value+half)>>shift, math.MinInt16), math.MaxInt16)
		}
	}
	for y := range 8 {
		c, row := b[8*y:8*y+8:8*y+8], to[y*stride:][:8:8]
		y0, y1, y2, y3, y4, y5, y6, y7 := inverse8(c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7])
		row[0], row[1], row[2], row[3] = sample(y0), sample(y1), sample(y2), sample(y3)
		row[4], row[5], row[6], row[7] = sample(y4), sample(y5), sample(y6), sample(y7)
	}
}

// flat is the transform of a block of c of which only the first coefficient is not zero.
func (b *block) flat(to []uint8, c *component) {
	value := sample(int32(b[0]*c.scale[0]) << (fraction + kept))
	for y := range c.side {
		row := to[y*c.stride():][:c.side:c.side]
		for x := range row {
			row[x] = value
		}
	}
}

// samplesShift are the fractional bits of the second pass, of 8×8 samples.
const samplesShift = fraction + kept + 3

// sample rounds a value of the second pass, around 0, to a sample, around 128.
func sample(value int32) uint8 { return rounded(value, samplesShift) }

// rounded rounds a value with so many fractional bits, around 0, to a sample, around 128.
func rounded(value int32, shift uint) uint8 {
	return uint8(min(max((value+1<<(shift-1))>>shift+128, 0), 255))
}

// inverse8 is the transform in one dimension; its values have as many more
// fractional bits as the constants.
func inverse8(c0, c1, c2, c3, c4, c5, c6, c7 int32) (y0, y1, y2, y3, y4, y5, y6, y7 int32) {
	z := (c2 + c6) * fix0541196100
	even2, even3 := z-c6*fix1847759065, z+c2*fix0765366865
	even0, even1 := (c0+c4)<<fraction, (c0-c4)<<fraction
	a0, a3, a1, a2 := even0+even3, even0-even3, even1+even2, even1-even2

	z5 := (c7 + c3 + c5 + c1) * fix1175875602
	z1, z2 := (c7+c1)*-fix0899976223, (c5+c3)*-fix2562915447
	z3, z4 := (c7+c3)*-fix1961570560+z5, (c5+c1)*-fix0390180644+z5
	odd0, odd1 := c7*fix0298631336+z1+z3, c5*fix2053119869+z2+z4
	odd2, odd3 := c3*fix3072711026+z2+z3, c1*fix1501321110+z1+z4

	return a0 + odd3, a1 + odd2, a2 + odd1, a3 + odd0, a3 - odd0, a2 - odd1, a1 - odd2, a0 - odd3
}

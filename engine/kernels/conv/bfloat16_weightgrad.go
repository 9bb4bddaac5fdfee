package conv

import (
	"github.com/kontrast-ml/kontrast/engine/kernels/internal/micro"
	"github.com/kontrast-ml/kontrast/engine/kernels/internal/round"
	"github.com/kontrast-ml/kontrast/engine/kernels/scratch"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

// newRoundedWeightGrad plans a weight gradient of operands rounded to bfloat16. If it multiplies pairs, a pair is two
// neighboring output pixels of a row, and the two pixels of x that they read for the same tap. The plan is that of a
// convolution with twice the stride, whose rows have their padding; of an odd number of output pixels, the last is
// paired with 0 (times which an infinite x is NaN, also where only another tap reads it).
func newRoundedWeightGrad(s Spec) weightGradPlan {
	if s.readsOnce() || max(s.C, s.O) > maxInPlace && !s.mergesRows() {
		if g := newProductWeightGrad(s, true); g != nil {
			return g
		}
	}
	set := pairsOf(s)
	if !set.Pairs {
		x := pixels(set, s.N*s.H*s.W, s.C)
		return &roundedWeightGrad{newExactWeightGrad(s, set), &roundedImages{&x, pixels(set, s.N*s.OutH()*s.OutW(), s.O)}}
	}
	doubled := s
	doubled.PadLeft, doubled.PadRight, doubled.W, doubled.StrideW = 0, 0, s.pairedWidth(), 2*s.StrideW
	plan := newExactWeightGrad(doubled, set)
	if inPlace, ok := plan.(*outerInPlace); ok {
		one := s
		one.N = 1
		inPlace.rounded, inPlace.imageX, inPlace.imageDY = newPairedImages(one, set), one.sizeX(), one.sizeY()
		return inPlace
	}
	return &roundedWeightGrad{plan, newPairedImages(s, set)}
}

// roundedWeightGrad rounds its operands before it begins.
type roundedWeightGrad struct {
	weightGradPlan
	operands *roundedImages
}

func (g *roundedWeightGrad) scratchSize(threads int) int {
	return g.operands.size() + g.weightGradPlan.scratchSize(threads)
}

func (g *roundedWeightGrad) weightGrad(p *pool.Pool, dw, x, dy, scratch []float32) {
	x, dy = g.operands.round(p, scratch, x, dy)
	g.weightGradPlan.weightGrad(p, dw, x, dy, scratch[g.operands.size():])
}

// roundedImages rounds some images of x and dy.
type roundedImages struct {
	x interface {
		Size() int
		Float32(p *pool.Pool, dst, src []float32)
	}
	dy round.Matrices
}

func newPairedImages(s Spec, set micro.Set) *roundedImages {
	r := &roundedImages{newStepPairs(s, set), round.Matrices{Set: set, Rows: s.OutW(), Cols: s.O, LD: s.O, Across: true}}
	for i := range s.N * s.OutH() {
		r.dy.From = append(r.dy.From, i*s.OutW()*s.O)
	}
	return r
}

func (r *roundedImages) size() int { return r.x.Size() + r.dy.Size() }

// round writes the images to dst and returns where they are.
func (r *roundedImages) round(p *pool.Pool, dst, x, dy []float32) (roundedX, roundedDY []float32) {
	roundedX, roundedDY = dst[:r.x.Size()], dst[r.x.Size():r.size()]
	r.x.Float32(p, roundedX, x)
	r.dy.Float32(p, roundedDY, dy)
	return roundedX, roundedDY
}

// pairedWidth is the number of pixels of a row that begin pairs.
func (s Spec) pairedWidth() int {
	return (ceil(s.OutW(), 2)-1)*2*s.StrideW + (s.KW-1)*s.DilationW + 1
}

// stepPairs pairs every pixel of the rows of images with the one a step to its right, as far as a weight gradient reads
// them: [N,H,width,C].
type stepPairs struct {
	set    micro.Set
	spec   Spec
	width  int
	starts []int // pixels that pairs begin with, up to multiples of two steps
	rows   []int // of an image that are read
}

func newStepPairs(s Spec, set micro.Set) *stepPairs {
	m := &stepPairs{set: set, spec: s, width: s.pairedWidth()}
	known := make([]bool, 2*s.StrideW)
	for tap := range s.KW {
		if start := tap * s.DilationW % (2 * s.StrideW); !known[start] {
			known[start] = true
			m.starts = append(m.starts, start)
		}
	}
	read := make([]bool, s.H)
	for y := range s.OutH() {
		for tap := range s.KH {
			if row := y*s.StrideH + tap*s.DilationH - s.PadTop; row >= 0 && row < s.H {
				read[row] = true
			}
		}
	}
	for row, is := range read {
		if is {
			m.rows = append(m.rows, row)
		}
	}
	return m
}

// Size is the number of float32 that the pairs take.
func (m *stepPairs) Size() int { return m.spec.N * m.spec.H * m.width * m.spec.C }

// Float32 rounds the images src and writes the pairs.
func (m *stepPairs) Float32(p *pool.Pool, dst, src []float32) {
	s := m.spec
	perItem := max(1, minWork/64/(s.W*s.C))
	total := s.N * len(m.rows)
	p.Run(ceil(total, perItem), func(item, _ int) {
		edge := scratch.Get(2 * s.C)
		defer edge.Free()
		for i := item * perItem; i < min((item+1)*perItem, total); i++ {
			row := i/len(m.rows)*s.H + m.rows[i%len(m.rows)]
			to, from := dst[row*m.width*s.C:(row+1)*m.width*s.C], src[row*s.W*s.C:(row+1)*s.W*s.C]
			for _, start := range m.starts {
				m.pair(to, from, start, edge.Data)
			}
		}
	})
}

// pair writes the pairs of a row that begin with start. Those with a pixel beyond the row are brought together in edge
// first.
func (m *stepPairs) pair(dst, src []float32, start int, edge []float32) {
	w, c, stride := m.spec.W, m.spec.C, 2*m.spec.StrideW
	pairs := ceil(m.width-start, stride)
	first := min(pairs, ceil(max(0, m.spec.PadLeft-start), stride)) // of those within the row
	last := first
	if most := w - 1 - m.spec.StrideW + m.spec.PadLeft - start; most >= 0 {
		last = max(first, min(pairs, most/stride+1))
	}
	if first < last {
		at := start + stride*first
		m.set.PairRows(dst[at*c:], src[(at-m.spec.PadLeft)*c:], 2*(last-first), c, stride*c, m.spec.StrideW*c)
	}
	for i := range pairs {
		if i >= first && i < last {
			continue
		}
		at := start + stride*i
		for half := range 2 {
			to := edge[half*c : (half+1)*c]
			if x := at - m.spec.PadLeft + half*m.spec.StrideW; x >= 0 && x < w {
				copy(to, src[x*c:(x+1)*c])
			} else {
				clear(to)
			}
		}
		m.set.PairRows(dst[at*c:], edge, 2, c, c, c)
	}
}

package conv

import (
	"github.com/kontrast-ml/kontrast/engine/kernels/internal/micro"
	"github.com/kontrast-ml/kontrast/engine/kernels/internal/round"
	"github.com/kontrast-ml/kontrast/engine/kernels/scratch"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

// roundedKernelGrad is a kernel gradient of operands rounded to bfloat16. If the kernels multiply pairs, a pair is two
// neighbouring output pixels of a row, and the two pixels of x that they read for the same tap. The plan is that of a
// convolution with twice the stride, whose rows have their padding; of an odd number of output pixels, the last is paired
// with 0 (times which an infinite x is NaN, also where only another tap reads it).
type roundedKernelGrad struct {
	kernelGradPlan
	x interface {
		Size() int
		Float32(p *pool.Pool, dst, src []float32)
	}
	dy round.Matrices
}

func newRoundedKernelGrad(s Spec) *roundedKernelGrad {
	set, rows := pairsOf(s), s.N*s.OutH()
	g := &roundedKernelGrad{dy: round.Matrices{Set: set, Rows: s.OutW(), Cols: s.O, LD: s.O, Across: true}}
	for i := range rows {
		g.dy.From = append(g.dy.From, i*s.OutW()*s.O)
	}
	if set.Pairs {
		x := newStepPairs(s, set)
		s.PadLeft, s.PadRight, s.W, s.StrideW = 0, 0, x.width, 2*s.StrideW
		g.x = x
	} else {
		x := pixels(set, s.N*s.H*s.W, s.C)
		g.x = &x
	}
	g.kernelGradPlan = newExactKernelGrad(s, set)
	return g
}

func (g *roundedKernelGrad) scratchSize(threads int) int {
	return g.x.Size() + g.dy.Size() + g.kernelGradPlan.scratchSize(threads)
}

func (g *roundedKernelGrad) kernelGrad(p *pool.Pool, dw, x, dy, scratch []float32) {
	roundedX, scratch := scratch[:g.x.Size()], scratch[g.x.Size():]
	roundedDY, scratch := scratch[:g.dy.Size()], scratch[g.dy.Size():]
	g.x.Float32(p, roundedX, x)
	g.dy.Float32(p, roundedDY, dy)
	g.kernelGradPlan.kernelGrad(p, dw, roundedX, roundedDY, scratch)
}

// stepPairs pairs every pixel of the rows of images with the one a step to its right, as far as a kernel gradient reads
// them: [N,H,width,C].
type stepPairs struct {
	set           micro.Set
	rows          int // of all images
	w, c          int // pixels of a row, and channels
	padding, step int
	width         int
	starts        []int // pixels that pairs begin with, up to multiples of two steps
}

func newStepPairs(s Spec, set micro.Set) *stepPairs {
	m := &stepPairs{set: set, rows: s.N * s.H, w: s.W, c: s.C, padding: s.PadLeft, step: s.StrideW}
	m.width = (ceil(s.OutW(), 2)-1)*2*m.step + (s.KW-1)*s.DilationW + 1
	known := make([]bool, 2*m.step)
	for tap := range s.KW {
		if start := tap * s.DilationW % (2 * m.step); !known[start] {
			known[start] = true
			m.starts = append(m.starts, start)
		}
	}
	return m
}

// Size is the number of float32 that the pairs take.
func (m *stepPairs) Size() int { return m.rows * m.width * m.c }

// Float32 rounds the images src and writes the pairs.
func (m *stepPairs) Float32(p *pool.Pool, dst, src []float32) {
	perItem := max(1, minWork/64/(m.w*m.c))
	p.Run(ceil(m.rows, perItem), func(item, _ int) {
		padded := scratch.Zeroed((m.width + m.step) * m.c)
		defer padded.Free()
		from := min(m.padding*m.c, len(padded.Data))
		for i := item * perItem; i < min((item+1)*perItem, m.rows); i++ {
			copy(padded.Data[from:], src[i*m.w*m.c:(i+1)*m.w*m.c])
			for _, start := range m.starts {
				pairs := ceil(m.width-start, 2*m.step)
				m.set.PairRows(dst[(i*m.width+start)*m.c:], padded.Data[start*m.c:], 2*pairs, m.c, 2*m.step*m.c, m.step*m.c)
			}
		}
	})
}

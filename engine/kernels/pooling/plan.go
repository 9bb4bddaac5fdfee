package pooling

import (
	"fmt"

	"github.com/kontrast-ml/kontrast/engine/cpu"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

// Plan is a pooling of fixed shape. It is immutable and safe for concurrent use.
type Plan struct {
	spec    Spec
	level   cpu.Level
	outH    int
	outW    int
	windows []window // of an image, row by row
}

// window is the part of a pooling window that lies in the image.
type window struct {
	first  int     // its first pixel
	pixels []int32 // distances of its pixels from the first, in elements
}

// New plans the poolings of the spec for the tier in use.
func New(spec Spec) (*Plan, error) {
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	g := &Plan{spec: spec.explicit(), level: cpu.Tier(), outH: spec.OutH(), outW: spec.OutW()}
	s := g.spec
	known := map[[2]int][]int32{}
	for oy := range g.outH {
		y0, y1 := clip(oy*s.StrideH-s.PadTop, s.KH, s.H)
		for ox := range g.outW {
			x0, x1 := clip(ox*s.StrideW-s.PadLeft, s.KW, s.W)
			size := [2]int{y1 - y0, x1 - x0}
			if known[size] == nil {
				for i := range size[0] * size[1] {
					known[size] = append(known[size], int32((i/size[1]*s.W+i%size[1])*s.C))
				}
			}
			g.windows = append(g.windows, window{y0*s.W + x0, known[size]})
		}
	}
	return g, nil
}

func clip(from, length, size int) (int, int) {
	return max(0, from), min(from+length, size)
}

// Max writes to y [N,OutH,OutW,C] the maxima of the windows of x [N,H,W,C]. A
// NaN in a window makes its maximum NaN. Slices too short are errors of the
// caller and panic.
func (g *Plan) Max(p *pool.Pool, y, x []float32) {
	g.check(x, y)
	g.gather(p, func(w *window, at, from, n int) {
		g.maxWindow(y[at:at+n], x[from:], w.pixels)
	})
}

// MaxGrad writes to dx [N,H,W,C] the gradient of Max: every element of dy
// [N,OutH,OutW,C] goes to the first pixel of its window, row by row, that equals
// the maximum in y. Slices too short are errors of the caller and panic.
func (g *Plan) MaxGrad(p *pool.Pool, dx, x, y, dy []float32) {
	g.check(dx, dy)
	g.check(x, y)
	g.scatter(p, dx, func(w *window, at, to, n int) {
		g.maxGradWindow(dx[to:], x[to:], y[at:at+n], dy[at:at+n], w.pixels)
	})
}

// check panics if a tensor before or after pooling is too short: the assembly
// trusts its callers.
func (g *Plan) check(x, y []float32) {
	s := g.spec
	if need := s.N * s.H * s.W * s.C; len(x) < need {
		panic(fmt.Sprintf("pooling: x has %d elements: expected at least %d", len(x), need))
	}
	if need := s.N * len(g.windows) * s.C; len(y) < need {
		panic(fmt.Sprintf("pooling: y has %d elements: expected at least %d", len(y), need))
	}
}

// gather calls f for every window, in parallel, with where its output and its
// first pixel begin and how many channels to do.
func (g *Plan) gather(p *pool.Pool, f func(w *window, at, from, n int)) {
	s := g.spec
	const rows = 4
	strips := (g.outH + rows - 1) / rows
	p.Run(s.N*strips, func(item, _ int) {
		image, strip := item/strips, item%strips
		for i := strip * rows * g.outW; i < min((strip+1)*rows, g.outH)*g.outW; i++ {
			w := &g.windows[i]
			f(w, (image*len(g.windows)+i)*s.C, (image*s.H*s.W+w.first)*s.C, s.C)
		}
	})
}

// scatter clears dx and calls f for every window, with where its output and its
// first pixel begin and how many channels to do. Windows overlap: those of an
// image and a range of channels are done in order.
func (g *Plan) scatter(p *pool.Pool, dx []float32, f func(w *window, at, to, n int)) {
	s := g.spec
	const channels = 64
	ranges := (s.C + channels - 1) / channels
	p.Run(s.N*ranges, func(item, _ int) {
		image, c := item/ranges, item%ranges*channels
		n := min(channels, s.C-c)
		for i := image * s.H * s.W; i < (image+1)*s.H*s.W; i++ {
			clear(dx[i*s.C+c : i*s.C+c+n])
		}
		for i := range g.windows {
			w := &g.windows[i]
			f(w, (image*len(g.windows)+i)*s.C+c, (image*s.H*s.W+w.first)*s.C+c, n)
		}
	})
}

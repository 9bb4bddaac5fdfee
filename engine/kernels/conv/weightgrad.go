package conv

import (
	"github.com/kontrast-ml/kontrast/engine/cpu"
	"github.com/kontrast-ml/kontrast/engine/kernels/internal/micro"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

// WeightGrad computes dw, the gradient of a convolution with respect to its kernel.
type WeightGrad struct {
	spec Spec
	plan weightGradPlan
}

// weightGradPlan is one algorithm of a weight gradient.
type weightGradPlan interface {
	scratchSize(threads int) int
	weightGrad(p *pool.Pool, dw, x, dy, scratch []float32)
}

// maxInPlace is the most channels, read or written, for which the weight gradient
// reads images without packing them. Pixels farther apart fall into the same sets of
// the first-level cache.
const maxInPlace = 128

// NewWeightGrad plans the weight gradient of the forward convolution spec for the tier in use.
func NewWeightGrad(spec Spec, opts Options) (*WeightGrad, error) {
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	s := spec.explicit()
	return &WeightGrad{s, newWeightGradPlan(s, opts)}, nil
}

func newWeightGradPlan(s Spec, opts Options) weightGradPlan {
	if opts.BFloat16 {
		return newRoundedWeightGrad(s)
	}
	if g := newWinogradWeightGrad(s); g != nil && !opts.Exact && !s.mergesRows() {
		return g
	}
	return newExactWeightGrad(s, micro.For(cpu.Tier()))
}

// newExactWeightGrad chooses among the direct algorithms.
func newExactWeightGrad(s Spec, set micro.Set) weightGradPlan {
	if s.mergesRows() {
		return newOuterInPlace(mergedCorrelation(s, set))
	}
	if max(s.C, s.O) <= maxInPlace || s.depthwise() {
		return newOuterInPlace(tapCorrelation(s, set))
	}
	if !set.Pairs { // whose rows are doubled already
		if g := newProductWeightGrad(s, false); g != nil {
			return g
		}
	}
	return newOuterPacked(s, set)
}

// pixelsAsImages treats the output pixels of a 1×1 convolution without padding as images of their own, so that any
// number of them can be packed at a time.
func (s Spec) pixelsAsImages() Spec {
	s.N, s.H, s.W, s.StrideH, s.StrideW = s.N*s.OutH()*s.OutW(), 1, 1, 1, 1
	return s
}

// pointwise says that every output pixel reads one input pixel and no padding.
func (s Spec) pointwise() bool {
	return s.KH == 1 && s.KW == 1 && s.PadTop+s.PadBottom+s.PadLeft+s.PadRight == 0
}

// ScratchSize returns the number of float32 of scratch that Run needs on a
// pool of that many threads.
func (k *WeightGrad) ScratchSize(threads int) int { return k.plan.scratchSize(threads) }

// Run computes dw [KH,KW,C/Groups,O] from x [N,H,W,C] and dy [N,OutH,OutW,O].
// Scratch has ScratchSize(p.Threads()) elements of any content. Run panics if a
// slice is too short.
func (k *WeightGrad) Run(p *pool.Pool, dw, x, dy, scratch []float32) {
	checkLengths("WeightGrad.Run", operand{"dw", dw, k.spec.sizeW()}, operand{"x", x, k.spec.sizeX()},
		operand{"dy", dy, k.spec.sizeY()}, operand{"scratch", scratch, k.ScratchSize(p.Threads())})
	k.plan.weightGrad(p, dw, x, dy, scratch)
}

// correlation is a weight gradient as sums of outer products: for every tap,
//
//	dw[tap] [c, o] = Σ over output pixels x[source of the pixel] ⊗ dy[pixel]
//
// An element is the sum of N·OutH·OutW products by fused multiply-adds, in
// blocks whose sums are added in order, so |error| ≤ N·OutH·OutW·2⁻²⁴·Σ|x·dy|
// to first order.
type correlation struct {
	set    micro.Set
	spec   Spec
	groups int
	c, o   int // channels per group
	taps   int
	merged bool // a tap is a row of the kernel, x is padded to the left and right

	inPixels, outPixels int // of an image
	inC                 int // distance between pixels of x, in elements
	source              func(tap, y, x int) (pixel int, ok bool)
}

func tapCorrelation(s Spec, set micro.Set) correlation {
	return correlation{
		set: set, spec: s, groups: s.Groups, c: s.C / s.Groups, o: s.O / s.Groups, taps: s.KH * s.KW,
		inPixels: s.H * s.W, outPixels: s.OutH() * s.OutW(), inC: s.C,
		source: func(tap, y, x int) (int, bool) {
			y = y*s.StrideH + tap/s.KW*s.DilationH - s.PadTop
			x = x*s.StrideW + tap%s.KW*s.DilationW - s.PadLeft
			return y*s.W + x, y >= 0 && y < s.H && x >= 0 && x < s.W
		},
	}
}

func mergedCorrelation(s Spec, set micro.Set) correlation {
	return correlation{
		set: set, spec: s, groups: 1, c: s.KW * s.C, o: s.O, taps: s.KH, merged: true,
		inPixels: s.H * s.paddedW(), outPixels: s.OutH() * s.OutW(), inC: s.C,
		source: func(tap, y, x int) (int, bool) {
			y = y*s.StrideH + tap*s.DilationH - s.PadTop
			return y*s.paddedW() + x*s.StrideW, y >= 0 && y < s.H
		},
	}
}

// dwSize is the number of elements of dw.
func (c *correlation) dwSize() int { return c.taps * c.c * c.groups * c.o }

// pairs lists, for blocks of output pixels of a few images and for every tap,
// which pixel of x meets which pixel of dy.
type pairs struct {
	list   []int32
	blocks [][]span // [block][tap]
}

type span struct{ from, to int32 } // in pairs

// pixelBlock is how many output pixels are summed before the next kernel block:
// their channels stay in the first-level cache.
const pixelBlock = 128

// pairTable lists the pairs of some images, with that many elements between pixels.
func (c *correlation) pairTable(images, strideX, strideDY int) *pairs {
	ow := c.spec.OutW()
	t := &pairs{}
	total := images * c.outPixels
	for first := 0; first < total; first += pixelBlock {
		spans := make([]span, c.taps)
		for tap := range spans {
			from := int32(len(t.list) / 2)
			for q := first; q < min(first+pixelBlock, total); q++ {
				n, at := q/c.outPixels, q%c.outPixels
				if pixel, ok := c.source(tap, at/ow, at%ow); ok {
					t.list = append(t.list, int32((n*c.inPixels+pixel)*strideX), int32(q*strideDY))
				}
			}
			spans[tap] = span{from, int32(len(t.list) / 2)}
		}
		t.blocks = append(t.blocks, spans)
	}
	return t
}

// accumulate adds to dw the outer products of one block of pixels for the rows
// [c0, c0+rows) and columns [o0, o0+cols) of every tap of a group. x and dy
// begin at row c0 and column o0 of the images that t describes.
func (c *correlation) accumulate(dw, x, dy []float32, t *pairs, block, group, c0, rows, o0, cols int) {
	ld := c.groups * c.o
	arg := micro.Outer{LDC: 4 * ld, Columns: cols, B: &dy[0]}
	for tap, s := range t.blocks[block] {
		if s.from == s.to {
			continue
		}
		arg.Pairs, arg.Count = &t.list[2*s.from], int(s.to-s.from)
		for r := 0; r < rows; {
			arg.A = &x[r]
			arg.C = &dw[(tap*c.c+c0+r)*ld+group*c.o+o0]
			r += c.set.OuterProduct(&arg, rows-r)
		}
	}
}

// accumulateChannels is accumulate for a depthwise convolution.
func (c *correlation) accumulateChannels(dw, x, dy []float32, t *pairs, block int) {
	for tap, s := range t.blocks[block] {
		if s.from < s.to {
			c.set.Dot(dw[tap*c.groups:(tap+1)*c.groups], x, dy, t.list[2*s.from:2*s.to], false)
		}
	}
}

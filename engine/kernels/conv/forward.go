package conv

import (
	"github.com/kontrast-ml/kontrast/engine/cpu"
	"github.com/kontrast-ml/kontrast/engine/kernels/internal/micro"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

// Options choose how a convolution is computed. The zero value chooses the fastest way.
type Options struct {
	// Exact allows the direct algorithm only: no Winograd transforms, whose rounding errors are larger.
	Exact bool
	// BFloat16 rounds the operands to bfloat16, to the nearest, of two the even one, and uses the direct algorithm only.
	// Results are float32. The error bound of the direct algorithm holds for the rounded operands. Processors with
	// AVX512_BF16 add two products at a time, and take numbers below 2⁻¹²⁶, be they operands, products or sums, for 0.
	BFloat16 bool
}

// Forward computes y = conv(x, w).
type Forward struct {
	spec Spec
	plan forwardPlan
}

// forwardPlan is one algorithm of a forward convolution.
type forwardPlan interface {
	packedSize() int
	packForward(p *pool.Pool, packed, w []float32)
	scratchSize(threads int) int
	forward(p *pool.Pool, y, x, packed, scratch []float32)
}

// NewForward plans a forward convolution for the tier in use.
func NewForward(spec Spec, opts Options) (*Forward, error) {
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	f := &Forward{spec: spec.explicit()}
	f.plan = newForwardPlan(f.spec, opts)
	return f, nil
}

func newForwardPlan(s Spec, opts Options) forwardPlan {
	if opts.BFloat16 {
		return newRoundedForward(s)
	}
	if w := newWinograd(s, false); w != nil && !opts.Exact && !s.mergesRows() {
		return w
	}
	return newExactForward(s, micro.For(cpu.Tier()))
}

// newExactForward chooses among the direct algorithms.
func newExactForward(s Spec, set micro.Set) forwardPlan {
	switch {
	case s.depthwise() && !set.Pairs:
		return newDepthwise(s, s.forwardGeometry())
	case s.mergesRows():
		return newMergedTaps(s, set)
	}
	return newDirectForward(s, set)
}

// PackedSize returns the number of float32 that Pack writes.
func (f *Forward) PackedSize() int { return f.plan.packedSize() }

// Pack brings the kernel w [KH,KW,C/Groups,O] into the order in which Run reads
// it. The packing stays valid while w does not change.
func (f *Forward) Pack(p *pool.Pool, packed, w []float32) {
	checkLengths("Forward.Pack", operand{"packed", packed, f.PackedSize()}, operand{"w", w, f.spec.sizeW()})
	f.plan.packForward(p, packed, w)
}

// ScratchSize returns the number of float32 of scratch that Run needs on a
// pool of that many threads.
func (f *Forward) ScratchSize(threads int) int { return f.plan.scratchSize(threads) }

// Run computes y [N,OutH,OutW,O] from x [N,H,W,C] and a packed kernel. Scratch
// has ScratchSize(p.Threads()) elements of any content. y may overlap neither x
// nor scratch. Run panics if a slice is too short.
func (f *Forward) Run(p *pool.Pool, y, x, packed, scratch []float32) {
	checkLengths("Forward.Run", operand{"y", y, f.spec.sizeY()}, operand{"x", x, f.spec.sizeX()},
		operand{"packed", packed, f.PackedSize()}, operand{"scratch", scratch, f.ScratchSize(p.Threads())})
	f.plan.forward(p, y, x, packed, scratch)
}

func (d *direct) scratchSize(int) int { return 0 }

func (d *direct) forward(p *pool.Pool, y, x, packed, _ []float32) {
	d.run(p, y, x, packed)
}

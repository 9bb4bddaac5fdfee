package conv

import (
	"github.com/kontrast-ml/kontrast/engine/cpu"
	"github.com/kontrast-ml/kontrast/engine/kernels/internal/micro"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

// InputGrad computes dx, the gradient of a convolution with respect to its input.
type InputGrad struct {
	spec Spec
	plan inputGradPlan
}

// inputGradPlan is one algorithm of an input gradient.
type inputGradPlan interface {
	packedSize() int
	packInputGrad(p *pool.Pool, packed, w []float32)
	scratchSize(threads int) int
	inputGrad(p *pool.Pool, dx, dy, packed, scratch []float32)
}

// NewInputGrad plans the input gradient of the forward convolution spec for the tier in use.
func NewInputGrad(spec Spec, opts Options) (*InputGrad, error) {
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	g := &InputGrad{spec: spec.explicit()}
	g.plan = newInputGradPlan(g.spec, opts)
	return g, nil
}

func newInputGradPlan(s Spec, opts Options) inputGradPlan {
	if opts.BFloat16 {
		return newRoundedInputGrad(s)
	}
	if w := newWinograd(s, true); w != nil && !opts.Exact {
		return w
	}
	return newExactInputGrad(s, micro.For(cpu.Tier()))
}

// newExactInputGrad chooses between the direct algorithms.
func newExactInputGrad(s Spec, set micro.Set) inputGradPlan {
	if s.depthwise() && !set.Pairs {
		return newDepthwise(s, s.inputGradGeometry())
	}
	return newDirectInputGrad(s, set)
}

// PackedSize returns the number of float32 that Pack writes.
func (g *InputGrad) PackedSize() int { return g.plan.packedSize() }

// Pack brings the kernel w [KH,KW,C/Groups,O] into the order in which Run reads
// it, which is not that of Forward. The packing stays valid while w does not change.
func (g *InputGrad) Pack(p *pool.Pool, packed, w []float32) {
	checkLengths("InputGrad.Pack", operand{"packed", packed, g.PackedSize()}, operand{"w", w, g.spec.sizeW()})
	g.plan.packInputGrad(p, packed, w)
}

// ScratchSize returns the number of float32 of scratch that Run needs on a
// pool of that many threads.
func (g *InputGrad) ScratchSize(threads int) int { return g.plan.scratchSize(threads) }

// Run computes dx [N,H,W,C] from dy [N,OutH,OutW,O] and a packed kernel.
// Scratch has ScratchSize(p.Threads()) elements of any content. Run panics if a
// slice is too short.
func (g *InputGrad) Run(p *pool.Pool, dx, dy, packed, scratch []float32) {
	checkLengths("InputGrad.Run", operand{"dx", dx, g.spec.sizeX()}, operand{"dy", dy, g.spec.sizeY()},
		operand{"packed", packed, g.PackedSize()}, operand{"scratch", scratch, g.ScratchSize(p.Threads())})
	g.plan.inputGrad(p, dx, dy, packed, scratch)
}

func (d *direct) inputGrad(p *pool.Pool, dx, dy, packed, _ []float32) {
	d.run(p, dx, dy, packed)
}

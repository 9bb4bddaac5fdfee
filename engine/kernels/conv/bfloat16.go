package conv

import (
	"github.com/kontrast-ml/kontrast/engine/cpu"
	"github.com/kontrast-ml/kontrast/engine/kernels/internal/micro"
	"github.com/kontrast-ml/kontrast/engine/kernels/internal/round"
	"github.com/kontrast-ml/kontrast/engine/kernels/scratch"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

// roundedForward is a forward convolution of operands rounded to bfloat16. If the kernels multiply pairs, a pair is two
// input channels, and the plan is that of a convolution with half of them.
type roundedForward struct {
	forwardPlan
	x, w round.Matrices
}

func newRoundedForward(s Spec) *roundedForward {
	set, c := pairsOf(s), s.C/s.Groups
	f := &roundedForward{
		x: pixels(set, s.N*s.H*s.W*s.Groups, c),
		w: round.Matrices{Set: set, Rows: c, Cols: s.O, LD: s.O, Across: true},
	}
	for tap := range s.KH * s.KW {
		f.w.From = append(f.w.From, tap*c*s.O)
	}
	s.C = s.Groups * set.Length(c)
	f.forwardPlan = newExactForward(s, set)
	return f
}

func (f *roundedForward) packForward(p *pool.Pool, packed, w []float32) {
	rounded := scratch.Get(f.w.Size())
	defer rounded.Free()
	f.w.Float32(p, rounded.Data, w)
	f.forwardPlan.packForward(p, packed, rounded.Data)
}

// PackBFloat16 is Pack for a kernel that is bfloat16, given by the 16 bits of its elements. The plan has
// Options.BFloat16.
func (f *Forward) PackBFloat16(p *pool.Pool, packed []float32, w []uint16) {
	checkLengths("Forward.PackBFloat16", operand{"packed", packed, f.PackedSize()})
	checkLength("Forward.PackBFloat16", "w", len(w), f.spec.sizeW())
	plan := f.plan.(*roundedForward)
	rounded := scratch.Get(plan.w.Size())
	defer rounded.Free()
	plan.w.BFloat16(p, rounded.Data, w)
	plan.forwardPlan.packForward(p, packed, rounded.Data)
}

// RunBFloat16 is Run for images that are bfloat16. The plan has Options.BFloat16; y is float32.
func (f *Forward) RunBFloat16(p *pool.Pool, y []float32, x []uint16, packed, scratch []float32) {
	checkLengths("Forward.RunBFloat16", operand{"y", y, f.spec.sizeY()},
		operand{"packed", packed, f.PackedSize()}, operand{"scratch", scratch, f.ScratchSize(p.Threads())})
	checkLength("Forward.RunBFloat16", "x", len(x), f.spec.sizeX())
	plan := f.plan.(*roundedForward)
	plan.x.BFloat16(p, scratch, x)
	plan.forwardPlan.forward(p, y, scratch[:plan.x.Size()], packed, scratch[plan.x.Size():])
}

func (f *roundedForward) scratchSize(threads int) int {
	return f.x.Size() + f.forwardPlan.scratchSize(threads)
}

func (f *roundedForward) forward(p *pool.Pool, y, x, packed, scratch []float32) {
	f.x.Float32(p, scratch, x)
	f.forwardPlan.forward(p, y, scratch[:f.x.Size()], packed, scratch[f.x.Size():])
}

// roundedInputGrad is an input gradient likewise, a pair being two output channels.
type roundedInputGrad struct {
	inputGradPlan
	dy, w round.Matrices
}

func newRoundedInputGrad(s Spec) *roundedInputGrad {
	set, o := pairsOf(s), s.O/s.Groups
	g := &roundedInputGrad{
		dy: pixels(set, s.N*s.OutH()*s.OutW()*s.Groups, o),
		w:  pixels(set, s.KH*s.KW*s.C, o),
	}
	s.O = s.Groups * set.Length(o)
	g.inputGradPlan = newExactInputGrad(s, set)
	return g
}

func (g *roundedInputGrad) packInputGrad(p *pool.Pool, packed, w []float32) {
	rounded := scratch.Get(g.w.Size())
	defer rounded.Free()
	g.w.Float32(p, rounded.Data, w)
	g.inputGradPlan.packInputGrad(p, packed, rounded.Data)
}

func (g *roundedInputGrad) scratchSize(threads int) int {
	return g.dy.Size() + g.inputGradPlan.scratchSize(threads)
}

func (g *roundedInputGrad) inputGrad(p *pool.Pool, dx, dy, packed, scratch []float32) {
	g.dy.Float32(p, scratch, dy)
	g.inputGradPlan.inputGrad(p, dx, scratch[:g.dy.Size()], packed, scratch[g.dy.Size():])
}

// pairsOf returns the kernels for rounded operands. Depthwise convolutions have none that multiply pairs.
func pairsOf(s Spec) micro.Set {
	set := micro.ForBFloat16(cpu.Tier())
	set.Pairs = set.Pairs && !s.depthwise()
	return set
}

// pixels are so many pixels of one group of channels each, which become pairs.
func pixels(set micro.Set, count, channels int) round.Matrices {
	const least = 256 // elements of a row, to save calls
	for channels%2 == 0 && count%2 == 0 && channels < least {
		count, channels = count/2, 2*channels
	}
	return round.Matrices{Set: set, Rows: count, Cols: channels, LD: channels, From: []int{0}}
}

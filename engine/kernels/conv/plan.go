package conv

import "github.com/kontrast-ml/kontrast/engine/pool"

// Options choose how a convolution is computed. The zero value chooses the fastest way.
type Options struct {
	// Exact allows the direct algorithm only: no Winograd transforms, whose rounding errors are larger.
	Exact bool
}

// Epilogue is what happens to an output before it is stored:
//
//	y = relu(conv·Scale + Shift + Residual)
//
// The zero value stores the plain convolution.
type Epilogue struct {
	Scale    []float32 // [O]; nil means 1
	Shift    []float32 // [O]; nil means 0
	Residual []float32 // laid out as y; nil means 0
	ReLU     bool      // replace negative results by 0
}

// Forward computes y = conv(x, w).
type Forward struct{ spec Spec }

// NewForward plans a forward convolution.
func NewForward(spec Spec, opts Options) (*Forward, error) {
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	return &Forward{spec.explicit()}, nil
}

// PackedSize returns the number of float32 that Pack writes.
func (f *Forward) PackedSize() int {
	return f.spec.KH * f.spec.KW * f.spec.C / f.spec.Groups * f.spec.O
}

// Pack brings the kernel into the order in which Run reads it. The packing
// stays valid while w does not change.
func (f *Forward) Pack(p *pool.Pool, packed, w []float32) { copy(packed, w) }

// ScratchSize returns the number of float32 of scratch that Run needs on a
// pool of that many threads.
func (f *Forward) ScratchSize(threads int) int { return 0 }

// Run computes y [N,OutH,OutW,O] from x [N,H,W,C] and a packed kernel. Scratch
// has ScratchSize(p.Threads()) elements of any content. y may overlap neither x
// nor scratch; e.Residual may be y itself.
func (f *Forward) Run(p *pool.Pool, y, x, packed, scratch []float32, e Epilogue) {
	s := f.spec
	og := s.O / s.Groups
	clearOutput := make([]float32, len(y))
	s.each(func(yi, xi, wi int) { clearOutput[yi] += x[xi] * packed[wi] })
	_ = og
	for i, v := range clearOutput {
		o := i % s.O
		if e.Scale != nil {
			v *= e.Scale[o]
		}
		if e.Shift != nil {
			v += e.Shift[o]
		}
		if e.Residual != nil {
			v += e.Residual[i]
		}
		if e.ReLU {
			v = max(v, 0)
		}
		y[i] = v
	}
}

// InputGrad computes dx, the gradient of a convolution with respect to its input.
type InputGrad struct{ spec Spec }

// NewInputGrad plans the input gradient of the forward convolution spec.
func NewInputGrad(spec Spec, opts Options) (*InputGrad, error) {
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	return &InputGrad{spec.explicit()}, nil
}

// PackedSize returns the number of float32 that Pack writes.
func (g *InputGrad) PackedSize() int {
	return g.spec.KH * g.spec.KW * g.spec.C / g.spec.Groups * g.spec.O
}

// Pack brings the kernel w [KH,KW,C/Groups,O] into the order in which Run reads it.
func (g *InputGrad) Pack(p *pool.Pool, packed, w []float32) { copy(packed, w) }

// ScratchSize returns the number of float32 of scratch that Run needs on a
// pool of that many threads.
func (g *InputGrad) ScratchSize(threads int) int { return 0 }

// Run computes dx [N,H,W,C] from dy [N,OutH,OutW,O] and a packed kernel.
func (g *InputGrad) Run(p *pool.Pool, dx, dy, packed, scratch []float32) {
	clear(dx)
	g.spec.each(func(yi, xi, wi int) { dx[xi] += dy[yi] * packed[wi] })
}

// KernelGrad computes dw, the gradient of a convolution with respect to its kernel.
type KernelGrad struct{ spec Spec }

// NewKernelGrad plans the kernel gradient of the forward convolution spec.
func NewKernelGrad(spec Spec, opts Options) (*KernelGrad, error) {
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	return &KernelGrad{spec.explicit()}, nil
}

// ScratchSize returns the number of float32 of scratch that Run needs on a
// pool of that many threads.
func (g *KernelGrad) ScratchSize(threads int) int { return 0 }

// Run computes dw [KH,KW,C/Groups,O] from x [N,H,W,C] and dy [N,OutH,OutW,O].
func (g *KernelGrad) Run(p *pool.Pool, dw, x, dy, scratch []float32) {
	clear(dw)
	g.spec.each(func(yi, xi, wi int) { dw[wi] += dy[yi] * x[xi] })
}

// each visits every product of the convolution by the indices of its output, input and weight.
func (s Spec) each(visit func(yi, xi, wi int)) {
	cg, og := s.C/s.Groups, s.O/s.Groups
	oh, ow := s.OutH(), s.OutW()
	for n := range s.N {
		for oy := range oh {
			for ox := range ow {
				for ky := range s.KH {
					iy := oy*s.StrideH + ky*s.DilationH - s.PadTop
					if iy < 0 || iy >= s.H {
						continue
					}
					for kx := range s.KW {
						ix := ox*s.StrideW + kx*s.DilationW - s.PadLeft
						if ix < 0 || ix >= s.W {
							continue
						}
						for o := range s.O {
							for c := range cg {
								visit(((n*oh+oy)*ow+ox)*s.O+o, ((n*s.H+iy)*s.W+ix)*s.C+o/og*cg+c, ((ky*s.KW+kx)*cg+c)*s.O+o)
							}
						}
					}
				}
			}
		}
	}
}

package gemm

import "github.com/kontrast-ml/kontrast/engine/pool"

// Epilogue is what happens to the product before it is stored:
//
//	C = relu(alpha·op(A)·op(B) + beta·C + Bias + Residual)
//
// The zero value stores the plain product.
type Epilogue struct {
	// Alpha multiplies the product; 0 means 1.
	Alpha float32
	// Beta multiplies what C held; with 0, C is not read.
	Beta float32
	// Bias is added to every row, [N]; nil for none.
	Bias []float32
	// Residual is added element by element; it is laid out as C; nil for none.
	Residual []float32
	// ReLU replaces negative results by 0.
	ReLU bool
}

// Plan is a product of fixed shape, ready to run.
type Plan struct {
	spec Spec
}

// New plans the products of the spec.
func New(spec Spec) (*Plan, error) {
	if err := spec.Validate(); err != nil {
		return nil, err
	}
	return &Plan{spec: spec.tight()}, nil
}

// Spec returns the spec, with the leading dimensions filled in.
func (g *Plan) Spec() Spec { return g.spec }

// PackedSize returns the number of float32 that PackB writes.
func (g *Plan) PackedSize() int { return g.spec.K * g.spec.N }

// PackB brings B, the right operand, into the order in which the kernels read
// it. Packing pays when B serves several runs, as weights do; a spec whose
// batch has a StrideB other than 0 has no single B to pack, and PackedSize is 0.
func (g *Plan) PackB(p *pool.Pool, packed, b []float32) {
	s := g.spec
	for k := range s.K {
		for n := range s.N {
			packed[k*s.N+n] = b[choose(s.TransB, n*s.LDB+k, k*s.LDB+n)]
		}
	}
}

// ScratchSize returns the number of float32 of scratch that Run needs on a
// pool of that many threads.
func (g *Plan) ScratchSize(threads int) int { return 0 }

// Run computes C from A and B. Scratch has ScratchSize(p.Threads()) elements of
// any content, and is not shared by concurrent runs. C must not overlap A or B;
// Residual may be C itself.
func (g *Plan) Run(p *pool.Pool, c, a, b, scratch []float32, e Epilogue) {
	s := g.spec
	p.Run(s.batch(), func(item, _ int) {
		ao, bo, co := s.offsets(item)
		for m := range s.M {
			for n := range s.N {
				var sum float32
				for k := range s.K {
					sum += a[ao+choose(s.TransA, k*s.LDA+m, m*s.LDA+k)] * b[bo+choose(s.TransB, n*s.LDB+k, k*s.LDB+n)]
				}
				e.store(c, co+m*s.LDC+n, n, sum)
			}
		}
	})
}

// RunPacked is Run with B as PackB left it.
func (g *Plan) RunPacked(p *pool.Pool, c, a, packed, scratch []float32, e Epilogue) {
	plain := *g
	plain.spec.TransB, plain.spec.LDB = false, g.spec.N
	plain.Run(p, c, a, packed, scratch, e)
}

func (e *Epilogue) store(c []float32, at, column int, v float32) {
	if e.Alpha != 0 {
		v *= e.Alpha
	}
	if e.Beta != 0 {
		v += e.Beta * c[at]
	}
	if e.Bias != nil {
		v += e.Bias[column]
	}
	if e.Residual != nil {
		v += e.Residual[at]
	}
	if e.ReLU {
		v = max(v, 0)
	}
	c[at] = v
}

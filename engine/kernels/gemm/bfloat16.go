package gemm

import (
	"slices"

	"github.com/kontrast-ml/kontrast/engine/kernels/internal/micro"
	"github.com/kontrast-ml/kontrast/engine/kernels/internal/round"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

// rounding brings the operands of a product to bfloat16 before it is computed.
type rounding struct{ a, b round.Matrices }

// newRounding plans the rounding of the operands of s, and returns the product of what it makes of them.
func newRounding(s Spec, set micro.Set) (*rounding, Spec) {
	product := s
	product.K, product.BFloat16 = set.Length(s.K), false
	product.Batch = slices.Clone(s.Batch)
	r := &rounding{
		a: round.Matrices{Set: set, Rows: choose(s.TransA, s.K, s.M), Cols: choose(s.TransA, s.M, s.K), LD: s.LDA, Across: s.TransA},
		b: round.Matrices{Set: set, Rows: choose(s.TransB, s.N, s.K), Cols: choose(s.TransB, s.K, s.N), LD: s.LDB, Across: !s.TransB},
	}
	product.LDA, product.LDB = r.a.Width(), r.b.Width()
	strideA, strideB := r.a.Length()*r.a.Width(), r.b.Length()*r.b.Width()
	r.a.From, r.b.From = []int{0}, []int{0}
	for i, axis := range slices.Backward(product.Batch) {
		r.a.From, product.Batch[i].StrideA, strideA = repeat(r.a.From, axis.Size, axis.StrideA, strideA)
		r.b.From, product.Batch[i].StrideB, strideB = repeat(r.b.From, axis.Size, axis.StrideB, strideB)
	}
	return r, product
}

// repeat lists the matrices of a batch axis that are stride elements apart, given those of the faster axes. In the copy
// they are next elements apart, and those of the axis after it as far as the last result says.
func repeat(faster []int, size, stride, next int) (from []int, copied, after int) {
	if stride == 0 {
		return faster, 0, next
	}
	for i := range size {
		for _, at := range faster {
			from = append(from, at+i*stride)
		}
	}
	return from, next, size * next
}

func (r *rounding) size() int { return r.a.Size() + r.b.Size() }

// split divides scratch into rounded A, rounded B and the rest.
func (r *rounding) split(scratch []float32) (a, b, rest []float32) {
	a, scratch = scratch[:r.a.Size()], scratch[r.a.Size():]
	return a, scratch[:r.b.Size()], scratch[r.b.Size():]
}

// float32 rounds A and, if it is not nil, B.
func (r *rounding) float32(p *pool.Pool, a, b, scratch []float32) (roundedA, roundedB, rest []float32) {
	roundedA, roundedB, rest = r.split(scratch)
	r.a.Float32(p, roundedA, a)
	if b != nil {
		r.b.Float32(p, roundedB, b)
	}
	return roundedA, roundedB, rest
}

// RunBFloat16 is Run for operands that are bfloat16, each given by its 16 bits. The plan's spec has BFloat16 set.
func (g *Plan) RunBFloat16(p *pool.Pool, c []float32, a, b []uint16, scratch []float32) {
	g.check(p, c, len(a), len(b), g.PackedSize(), scratch)
	roundedA, roundedB, scratch := g.rounding.split(scratch)
	g.rounding.a.BFloat16(p, roundedA, a)
	g.rounding.b.BFloat16(p, roundedB, b)
	g.run(p, c, roundedA, roundedB, nil, scratch, nil)
}

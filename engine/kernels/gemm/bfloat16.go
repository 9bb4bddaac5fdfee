package gemm

import (
	"slices"

	"github.com/kontrast-ml/kontrast/engine/kernels/internal/micro"
	"github.com/kontrast-ml/kontrast/engine/kernels/internal/round"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

// roundedOperands rounds the operands of a product to bfloat16 before it is computed.
type roundedOperands struct{ a, b round.Matrices }

// newRoundedOperands plans the rounding of the operands of s, and returns the spec of the product of the rounded
// copies.
func newRoundedOperands(s Spec, set micro.Set) (*roundedOperands, Spec) {
	product := s
	product.K, product.BFloat16 = set.Length(s.K), false
	product.Batch = slices.Clone(s.Batch)
	r := &roundedOperands{
		a: round.Matrices{
			Set: set, Rows: choose(s.TransA, s.K, s.M), Cols: choose(s.TransA, s.M, s.K), LD: s.LDA, Across: s.TransA,
		},
		b: round.Matrices{
			Set: set, Rows: choose(s.TransB, s.N, s.K), Cols: choose(s.TransB, s.K, s.N), LD: s.LDB, Across: !s.TransB,
		},
	}
	product.LDA, product.LDB = r.a.Width(), r.b.Width()
	strideA, strideB := r.a.Length()*r.a.Width(), r.b.Length()*r.b.Width()
	r.a.From, r.b.From = []int{0}, []int{0}
	for i, axis := range slices.Backward(product.Batch) {
		r.a.From, product.Batch[i].StrideA, strideA = matrixOffsets(r.a.From, axis.Size, axis.StrideA, strideA)
		r.b.From, product.Batch[i].StrideB, strideB = matrixOffsets(r.b.From, axis.Size, axis.StrideB, strideB)
	}
	return r, product
}

// matrixOffsets lists where the matrices of a batch begin in the operand, for one more axis, a slower one with that
// size and stride: faster lists them for the axes before it. In the rounded copy, which has no gaps, the axis has the
// stride copied, of which next is the value if it is not 0; after is the stride for the axis after it.
func matrixOffsets(faster []int, size, stride, next int) (from []int, copied, after int) {
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

func (r *roundedOperands) size() int { return r.a.Size() + r.b.Size() }

// splitScratch cuts scratch into rounded A, rounded B and the rest.
func (r *roundedOperands) splitScratch(scratch []float32) (a, b, rest []float32) {
	a, scratch = scratch[:r.a.Size()], scratch[r.a.Size():]
	return a, scratch[:r.b.Size()], scratch[r.b.Size():]
}

// round rounds A and, unless it is nil, B into scratch, and returns what is left of it.
func (r *roundedOperands) round(p *pool.Pool, a, b, scratch []float32) (roundedA, roundedB, rest []float32) {
	roundedA, roundedB, rest = r.splitScratch(scratch)
	r.a.Float32(p, roundedA, a)
	if b != nil {
		r.b.Float32(p, roundedB, b)
	}
	return roundedA, roundedB, rest
}

// RunBFloat16 is Run for operands that are bfloat16 already, each given by its 16 bits. The plan's spec has BFloat16
// set.
func (g *Plan) RunBFloat16(p *pool.Pool, c []float32, a, b []uint16, scratch []float32) {
	g.check(p, c, len(a), len(b), g.PackedSize(), scratch)
	roundedA, roundedB, scratch := g.rounded.splitScratch(scratch)
	g.rounded.a.BFloat16(p, roundedA, a)
	g.rounded.b.BFloat16(p, roundedB, b)
	g.run(p, c, roundedA, roundedB, nil, scratch, nil)
}

package attention

import "github.com/kontrast-ml/kontrast/engine/cpu"

// kernels are the inner loops of one tier.
type kernels struct {
	// multiply sets or accumulates a matrix product.
	multiply func(m *product)

	// softmax replaces len(lse) rows s of ld elements, cols of which count, by exp(scale s - maximum). It sets
	// inverse to 1/Σ, or 0 for a row that is -Inf throughout, and lse to the log of the partition sum.
	softmax func(s, lse, inverse []float32, cols, ld int, scale float32)

	// gradient replaces rows s by p = exp(scale s - lse) and dp by p (dp - delta) factor.
	gradient func(s, dp, lse, delta []float32, cols, ld int, scale, factor float32)

	// prefetch prefetches rows of size bytes that are stride bytes apart.
	prefetch func(data *float32, rows, stride, size int)
}

// product is C = A B, C += A B if add, or each row of A B times its element of
// factors unless they are nil: rows × cols × depth. cols is a multiple of 16.
// Strides are in elements.
type product struct {
	c                 []float32
	ldc               int
	a                 []float32
	lda, ka           int // between rows and between columns of A
	b                 []float32
	ldb               int
	rows, cols, depth int
	add               bool
	factors           []float32

	// prefetch is prefetched while C is computed: the rows of prefetch[i] with column panel i of C, one for each row of C.
	prefetch [3]distantRows
}

// lanes divides the number of columns of a product.
const lanes = 16

var tiers = assemblyTiers(portableKernels())

func active() *kernels { return tiers[cpu.Tier()] }

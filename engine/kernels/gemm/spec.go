package gemm

import "fmt"

// Spec describes a family of products op(A)·op(B) of equal shape.
type Spec struct {
	// M, N and K are the sizes of op(A) [M, K], op(B) [K, N] and C [M, N]; none is negative.
	// K = 0 gives a product of zeros.
	M, N, K int
	// TransA says that A is stored as [K, M]; TransB that B is stored as [N, K].
	TransA, TransB bool
	// LDA, LDB and LDC are the distances between stored rows, in elements;
	// 0 means that rows follow each other without a gap.
	LDA, LDB, LDC int
	// Batch lists the batch axes, the slowest first; nil is a single product.
	Batch []Axis
	// BFloat16 says that A and B are rounded to bfloat16, to the nearest, of two the even one. C and the sums are float32.
	BFloat16 bool
	// Threads is the number of threads for which the product is cut into work items; 0 is 1. The result has the same bits
	// for any, and any pool may run the product.
	Threads int
}

// Axis is one batch axis: Size products whose operands lie that many elements
// apart. A stride of 0 shares A or B among all of them; C must not overlap.
type Axis struct {
	Size                      int
	StrideA, StrideB, StrideC int
}

// Validate says what is wrong with the spec, if anything.
func (s Spec) Validate() error {
	for _, size := range []struct {
		name  string
		value int
	}{{"M", s.M}, {"N", s.N}, {"K", s.K}, {"Threads", s.Threads}} {
		if size.value < 0 {
			return fmt.Errorf("gemm: %s is %d: expected 0 or more", size.name, size.value)
		}
	}
	for _, ld := range []struct {
		name        string
		value, need int
	}{
		{"LDA", s.LDA, choose(s.TransA, s.M, s.K)},
		{"LDB", s.LDB, choose(s.TransB, s.K, s.N)},
		{"LDC", s.LDC, s.N},
	} {
		if ld.value != 0 && ld.value < ld.need {
			return fmt.Errorf("gemm: %s is %d: expected 0 or at least the row length %d", ld.name, ld.value, ld.need)
		}
	}
	for i, axis := range s.Batch {
		switch {
		case axis.Size < 0:
			return fmt.Errorf("gemm: Batch[%d].Size is %d: expected 0 or more", i, axis.Size)
		case axis.StrideA < 0 || axis.StrideB < 0 || axis.StrideC < 0:
			return fmt.Errorf("gemm: Batch[%d] has a negative stride (%d, %d, %d): expected 0 or more",
				i, axis.StrideA, axis.StrideB, axis.StrideC)
		case axis.Size > 1 && axis.StrideC == 0:
			return fmt.Errorf("gemm: Batch[%d].StrideC is 0: the products of a batch need a C each", i)
		}
	}
	return nil
}

// Flops returns the number of multiplications and additions of the product.
func (s Spec) Flops() float64 {
	return 2 * float64(s.M) * float64(s.N) * float64(s.K) * float64(s.batch())
}

// extents returns how many elements A, B and C span.
func (s Spec) extents() (a, b, c int) {
	s = s.withLeadingDims()
	a = strideSpan(choose(s.TransA, s.K, s.M), choose(s.TransA, s.M, s.K), s.LDA)
	b = strideSpan(choose(s.TransB, s.N, s.K), choose(s.TransB, s.K, s.N), s.LDB)
	c = strideSpan(s.M, s.N, s.LDC)
	for _, axis := range s.Batch {
		if axis.Size == 0 {
			return 0, 0, 0
		}
		a += (axis.Size - 1) * axis.StrideA
		b += (axis.Size - 1) * axis.StrideB
		c += (axis.Size - 1) * axis.StrideC
	}
	return a, b, c
}

func strideSpan(rows, cols, ld int) int {
	if rows == 0 || cols == 0 {
		return 0
	}
	return (rows-1)*ld + cols
}

func (s Spec) batch() int {
	n := 1
	for _, axis := range s.Batch {
		n *= axis.Size
	}
	return n
}

// withLeadingDims replaces leading dimensions of 0 by the row lengths.
func (s Spec) withLeadingDims() Spec {
	if s.LDA == 0 {
		s.LDA = choose(s.TransA, s.M, s.K)
	}
	if s.LDB == 0 {
		s.LDB = choose(s.TransB, s.K, s.N)
	}
	if s.LDC == 0 {
		s.LDC = s.N
	}
	return s
}

// offsets returns where the operands of one product of the batch begin.
func (s Spec) offsets(index int) (a, b, c int) {
	for i := len(s.Batch) - 1; i >= 0; i-- {
		axis := s.Batch[i]
		at := index % axis.Size
		index /= axis.Size
		a += at * axis.StrideA
		b += at * axis.StrideB
		c += at * axis.StrideC
	}
	return a, b, c
}

func choose(condition bool, yes, no int) int {
	if condition {
		return yes
	}
	return no
}

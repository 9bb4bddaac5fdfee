package reduce

import (
	"fmt"
	"math"
	"testing"

	"github.com/kontrast-ml/kontrast/engine/kernels/internal/kerneltest"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

// want reduces in float64; scale is the sum of the magnitudes, to which rounding errors are relative.
func want(op Op, x []float32, at func(i int) int, n int) (value, scale float64) {
	value = float64(identity[op])
	for i := range n {
		v := float64(x[at(i)])
		switch op {
		case Sum:
			value += v
			scale += math.Abs(v)
		case SumSquares:
			value += v * v
			scale += v * v
		case Product:
			value *= v
			scale = math.Abs(value) * float64(n)
		case Max:
			value = max(value, v)
		case Min:
			value = min(value, v)
		}
	}
	return value, scale
}

func near(got float32, value, scale float64) bool {
	return math.Abs(float64(got)-value) <= 1e-6*scale+1e-38 || float64(got) == value
}

func TestShapes(t *testing.T) {
	p := pool.New(2)
	defer p.Close()
	shapes := [][3]int{ // outer, middle, inner
		{1, 1, 1}, {1, 5, 1}, {3, 17, 1}, {70, 65, 1}, {5, 1000, 1}, {2, 40_000, 1}, {1, 0, 3},
		{1, 3, 7}, {1, 100, 16}, {1, 33, 64}, {1, 5000, 10}, {1, 40, 3000}, {1, 1001, 65},
		{9, 5, 8}, {64, 49, 20}, {2, 300, 300},
	}
	kerneltest.EachTier(t, func(t *testing.T) {
		for _, s := range shapes {
			outer, middle, inner := s[0], s[1], s[2]
			x := kerneltest.Random(1, outer*middle*inner, 0.3, 1)
			for op := range ops {
				got, serial := make([]float32, outer*inner), make([]float32, outer*inner)
				Middle(p, op, got, x, outer, middle, inner)
				Middle(nil, op, serial, x, outer, middle, inner)
				for i := range got {
					value, scale := want(op, x, func(m int) int { return (i/inner*middle+m)*inner + i%inner }, middle)
					if !near(got[i], value, scale) {
						t.Fatalf("%v over the middle of %v: element %d is %g, want %g", op, s, i, got[i], value)
					}
					if got[i] != serial[i] {
						t.Fatalf("%v over the middle of %v: element %d is %g with two threads, %g with one", op, s, i, got[i], serial[i])
					}
				}
			}
		}
	})
}

func TestAllAndDot(t *testing.T) {
	kerneltest.EachTier(t, func(t *testing.T) {
		for _, n := range []int{0, 1, 15, 16, 63, 64, 65, 1000, 100_003} {
			x, y := kerneltest.Random(2, n, 0.3, 1), kerneltest.Random(3, n, 0.3, 1)
			for op := range ops {
				value, scale := want(op, x, func(i int) int { return i }, n)
				if got := All(nil, op, x); !near(got, value, scale) {
					t.Errorf("%v of %d elements is %g, want %g", op, n, got, value)
				}
			}
			var value, scale float64
			for i := range x {
				value += float64(x[i]) * float64(y[i])
				scale += math.Abs(float64(x[i]) * float64(y[i]))
			}
			if got := Dot(nil, x, y); !near(got, value, scale) {
				t.Errorf("dot product of %d elements is %g, want %g", n, got, value)
			}
			rows := make([]float32, 1)
			DotRows(nil, rows, x, y, n)
			if !near(rows[0], value, scale) {
				t.Errorf("DotRows of %d elements is %g, want %g", n, rows[0], value)
			}
		}
	})
}

// A sum of ten million equal values is exact to a few ulps: totals are not kept in one float32.
func TestLongSumIsAccurate(t *testing.T) {
	x := make([]float32, 10_000_000)
	for i := range x {
		x[i] = 0.1
	}
	kerneltest.EachTier(t, func(t *testing.T) {
		if got, want := float64(All(nil, Sum, x)), 1e7*float64(float32(0.1)); math.Abs(got-want) > 4e-7*want {
			t.Errorf("sum is %g, want %g", got, want)
		}
		column := make([]float32, 10)
		Columns(nil, Sum, column, x)
		if got, want := float64(column[3]), 1e6*float64(float32(0.1)); math.Abs(got-want) > 2e-6*want {
			t.Errorf("sum of a column is %g, want %g", got, want)
		}
	})
}

func TestTiersAgree(t *testing.T) {
	for _, cols := range []int{1, 10, 16, 65, 192, 5000} {
		x := kerneltest.Random(4, cols*37, 0.3, 1)
		for op := range ops {
			t.Run(fmt.Sprintf("%v/columns=%d", op, cols), func(t *testing.T) {
				kerneltest.SameForTiers(t, func() [][]float32 {
					rows, columns := make([]float32, 37), make([]float32, cols)
					Rows(nil, op, rows, x, cols)
					Columns(nil, op, columns, x)
					return [][]float32{rows, columns}
				})
			})
		}
	}
}

func TestNaNPropagates(t *testing.T) {
	kerneltest.EachTier(t, func(t *testing.T) {
		for _, n := range []int{1, 7, 16, 64, 100, 200} {
			for _, at := range []int{0, n / 2, n - 1} {
				x := kerneltest.Random(5, n, 0.3, 1)
				x[at] = float32(math.NaN())
				for op := range ops {
					if got := All(nil, op, x); got == got {
						t.Errorf("%v of %d elements with NaN at %d is %g", op, n, at, got)
					}
					column := make([]float32, 1)
					Columns(nil, op, column, x)
					if column[0] == column[0] {
						t.Errorf("%v of a column of %d elements with NaN at %d is %g", op, n, at, column[0])
					}
				}
			}
		}
	})
}

func BenchmarkReduce(b *testing.B) {
	p := pool.New(0)
	defer p.Close()
	for _, cols := range []int{16, 64, 512, 4096} {
		x := kerneltest.Random(6, 1<<22, 0.3, 1)
		rows, columns := make([]float32, len(x)/cols), make([]float32, cols)
		for op := range Product {
			b.Run(fmt.Sprintf("Rows/%v/columns=%d", op, cols), func(b *testing.B) {
				b.SetBytes(int64(4 * len(x)))
				for b.Loop() {
					Rows(p, op, rows, x, cols)
				}
			})
			b.Run(fmt.Sprintf("Columns/%v/columns=%d", op, cols), func(b *testing.B) {
				b.SetBytes(int64(4 * len(x)))
				for b.Loop() {
					Columns(p, op, columns, x)
				}
			})
		}
	}
}

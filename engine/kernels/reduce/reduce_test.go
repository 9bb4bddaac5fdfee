package reduce

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/kontrast-ml/kontrast/engine/internal/kerneltest"
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

func withinRounding(got float32, value, scale float64) bool {
	return math.Abs(float64(got)-value) <= 1e-6*scale+1e-38 || float64(got) == value
}

// columns reduces the columns of x, which is [R, len(dst)], by blocks of rows whose partial results are merged.
func columns(op Op, dst, x []float32) {
	const rows = 128
	var partial []float32
	for from := 0; from == 0 || from < len(x); from += rows * len(dst) {
		acc := slices.Repeat([]float32{identity[op]}, len(dst))
		BlockColumns(op, acc, x[from:min(from+rows*len(dst), len(x))])
		partial = append(partial, acc...)
	}
	MergeRows(op, dst, partial)
}

func TestRows(t *testing.T) {
	p := pool.New(2)
	defer p.Close()
	kerneltest.EachTier(t, func(t *testing.T) {
		for _, s := range [][2]int{{1, 1}, {1, 5}, {3, 17}, {70, 65}, {5, 1000}, {2, 40_000}, {3, 0}} {
			rows, cols := s[0], s[1]
			x := kerneltest.Random(1, rows*cols, 0.3, 1)
			for op := range ops {
				got, serial := make([]float32, rows), make([]float32, rows)
				Rows(p, op, got, x, cols)
				Rows(nil, op, serial, x, cols)
				for r := range got {
					value, scale := want(op, x, func(c int) int { return r*cols + c }, cols)
					if !withinRounding(got[r], value, scale) {
						t.Fatalf("%v of the rows of %v: row %d is %g, want %g", op, s, r, got[r], value)
					}
					if got[r] != serial[r] {
						t.Fatalf("%v of the rows of %v: row %d is %g with two threads, %g with one", op, s, r, got[r], serial[r])
					}
				}
			}
		}
	})
}

func TestColumns(t *testing.T) {
	kerneltest.EachTier(t, func(t *testing.T) {
		for _, s := range [][2]int{
			{0, 3}, {3, 7}, {5, 8}, {49, 20}, {100, 16}, {33, 64}, {5000, 10}, {40, 3000}, {1001, 65}, {300, 300},
		} {
			rows, cols := s[0], s[1]
			x := kerneltest.Random(1, rows*cols, 0.3, 1)
			for op := range ops {
				got := make([]float32, cols)
				columns(op, got, x)
				for c := range got {
					value, scale := want(op, x, func(r int) int { return r*cols + c }, rows)
					if !withinRounding(got[c], value, scale) {
						t.Fatalf("%v of the columns of %v: column %d is %g, want %g", op, s, c, got[c], value)
					}
				}
			}
		}
	})
}

func TestAllAndDotBlock(t *testing.T) {
	kerneltest.EachTier(t, func(t *testing.T) {
		for _, n := range []int{0, 1, 15, 16, 63, 64, 65, 1000, 100_003} {
			x, y := kerneltest.Random(2, n, 0.3, 1), kerneltest.Random(3, n, 0.3, 1)
			for op := range ops {
				value, scale := want(op, x, func(i int) int { return i }, n)
				if got := All(nil, op, x); !withinRounding(got, value, scale) {
					t.Errorf("%v of %d elements is %g, want %g", op, n, got, value)
				}
			}
			var value, scale float64
			for i := range x {
				value += float64(x[i]) * float64(y[i])
				scale += math.Abs(float64(x[i]) * float64(y[i]))
			}
			if got := DotBlock(x, y); !withinRounding(got, value, scale) {
				t.Errorf("dot product of %d elements is %g, want %g", n, got, value)
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
		columns(Sum, column, x)
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
					ofRows, ofColumns := make([]float32, 37), make([]float32, cols)
					Rows(nil, op, ofRows, x, cols)
					columns(op, ofColumns, x)
					return [][]float32{ofRows, ofColumns}
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
					columns(op, column, x)
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
		rows, acc := make([]float32, len(x)/cols), make([]float32, cols)
		for op := range Product {
			b.Run(fmt.Sprintf("Rows/%v/columns=%d", op, cols), func(b *testing.B) {
				b.SetBytes(int64(4 * len(x)))
				for b.Loop() {
					Rows(p, op, rows, x, cols)
				}
			})
			b.Run(fmt.Sprintf("BlockColumns/%v/columns=%d", op, cols), func(b *testing.B) {
				b.SetBytes(int64(4 * len(x)))
				for b.Loop() {
					BlockColumns(op, acc, x)
				}
			})
		}
	}
}

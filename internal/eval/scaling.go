package eval

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"
)

// scaling is a shift and a factor for each feature: (x - shift)·factor.
type scaling struct{ shift, factor []float64 }

// newScaling subtracts the means, which changes nothing but the biases, and
// divides by the standard deviations if asked to.
func newScaling(x Features, standardize bool) scaling {
	s := scaling{make([]float64, x.Dim), make([]float64, x.Dim)}
	variance := make([]float64, x.Dim)
	n := float64(x.Len())
	const columns = 64 // of a worker
	inParallel(context.Background(), (x.Dim+columns-1)/columns, func(part int) {
		from, to := part*columns, min((part+1)*columns, x.Dim)
		shift, variance := s.shift[from:to], variance[from:to]
		for i := range x.Len() {
			for j, v := range x.Row(i)[from:to] {
				shift[j] += float64(v) / n
			}
		}
		for i := range x.Len() {
			for j, v := range x.Row(i)[from:to] {
				d := float64(v) - shift[j]
				variance[j] += d * d / n
			}
		}
	})
	for j := range s.factor {
		std := math.Sqrt(variance[j])
		switch {
		case !standardize:
			s.factor[j] = 1
		case std > 1e-7*math.Abs(s.shift[j]): // more than rounding
			s.factor[j] = 1 / std
		}
	}
	return s
}

// row scales a row into another.
func (s scaling) row(into []float64, row []float32) {
	for j, v := range row {
		into[j] = (float64(v) - s.shift[j]) * s.factor[j]
	}
}

// row32 is row in float32.
func (s scaling) row32(into, row []float32) {
	for j, v := range row {
		into[j] = float32((float64(v) - s.shift[j]) * s.factor[j])
	}
}

// scaled is all rows in float32.
func (s scaling) scaled(x Features) Features {
	out := Features{x.Dim, make([]float32, len(x.Data))}
	inParallel(context.Background(), x.Len(), func(i int) { s.row32(out.Row(i), x.Row(i)) }) // soon done
	return out
}

// scaledRows are features scaled row by row.
type scaledRows struct {
	Features
	scaling
}

func (r scaledRows) Dims() (n, dim int) { return r.Len(), r.Dim }

func (r scaledRows) row(i int, buffer []float64) []float64 {
	r.scaling.row(buffer, r.Row(i))
	return buffer
}

// dense is features scaled all at once.
type dense struct{ *mat.Dense }

func (d dense) row(i int, _ []float64) []float64 { return d.RawRowView(i) }

func (s scaling) apply(x Features) *mat.Dense {
	out := mat.NewDense(x.Len(), x.Dim, nil)
	inParallel(context.Background(), x.Len(), func(i int) { s.row(out.RawRowView(i), x.Row(i)) }) // soon done
	return out
}

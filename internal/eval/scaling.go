package eval

import (
	"context"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// scaling is a shift and a factor for each feature: (x - shift)·factor.
type scaling struct{ shift, factor []float64 }

// newScaling subtracts the means, which changes nothing but the biases, and
// divides by the standard deviations if asked to.
func newScaling(x Features, standardize bool) scaling {
	s := scaling{make([]float64, x.Dim), make([]float64, x.Dim)}
	n := float64(x.Len())
	x.sums(s.shift, func(sum []float64, row []float32) {
		for j, v := range row {
			sum[j] += float64(v)
		}
	})
	floats.Scale(1/n, s.shift)
	variance := make([]float64, x.Dim)
	x.sums(variance, func(sum []float64, row []float32) {
		shift := s.shift[:len(row)]
		for j, v := range row {
			d := float64(v) - shift[j]
			sum[j] += d * d
		}
	})
	for j := range s.factor {
		std := math.Sqrt(variance[j] / n)
		switch {
		case !standardize:
			s.factor[j] = 1
		case std > 1e-7*math.Abs(s.shift[j]): // more than rounding
			s.factor[j] = 1 / std
		}
	}
	return s
}

// sums adds up what add adds of each row. The parts that are summed apart depend on the number of rows alone, so that
// threads don't change the result.
func (f Features) sums(total []float64, add func(sum []float64, row []float32)) {
	const rows = 1024 // of a part
	parts := make([][]float64, (f.Len()+rows-1)/rows)
	inParallel(context.Background(), len(parts), func(part int) { // soon done
		parts[part] = make([]float64, f.Dim)
		for i := part * rows; i < min((part+1)*rows, f.Len()); i++ {
			add(parts[part], f.Row(i))
		}
	})
	for _, part := range parts {
		floats.Add(total, part)
	}
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

package eval

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// RankMe is the effective rank of the features (Garrido et al., "RankMe:
// Assessing the Downstream Performance of Pretrained Self-Supervised
// Representations by Their Rank", 2023, arXiv:2210.02885, eq. 2; after Roy and
// Vetterli 2007): the exponential of the entropy of the singular values, each
// divided by their sum and increased by 1e-7. It lies between 1, for rows along
// one line, and min(n, D); of rows that are all zero it is 0.
//
// The singular values are roots of the eigenvalues of the smaller Gram matrix,
// in float64: those below 1e-7 of the largest are noise, as they are in
// float32 features anyway.
func RankMe(x Features) (float64, error) {
	if err := x.check("embedded"); err != nil {
		return 0, fmt.Errorf("effective rank: %w", err)
	}
	return effectiveRank(float64s(x))
}

// CenteredRank is [RankMe] of the features less their mean, which is that of
// their covariance: its spectrum shows whether features span few directions
// only (Jing et al., "Understanding Dimensional Collapse in Contrastive
// Self-supervised Learning", 2022, arXiv:2110.09348, §3), whatever offset they share.
func CenteredRank(x Features) (float64, error) {
	if err := x.check("embedded"); err != nil {
		return 0, fmt.Errorf("effective rank of the centered: %w", err)
	}
	return effectiveRank(centered(float64s(x)))
}

// Uniformity is how evenly the features cover the sphere (Wang and Isola,
// "Understanding Contrastive Representation Learning through Alignment and
// Uniformity on the Hypersphere", 2020, arXiv:2005.10242, §4.1.2, with t = 2):
// the logarithm of the mean of exp(-2 ‖x-y‖²) over all pairs of rows scaled to
// length 1. It lies between -8 and 0, which means collapsed. It needs two rows
// or more, n² numbers of memory and n²D time.
func Uniformity(x Features) (float64, error) {
	if err := x.check("embedded"); err != nil {
		return 0, fmt.Errorf("uniformity: %w", err)
	}
	n := x.Len()
	if n < 2 {
		return 0, fmt.Errorf("uniformity of %d row; at least 2 are needed", n)
	}
	var cosines mat.SymDense
	cosines.SymOuterK(1, unit(float64s(x)))
	sum := 0.0
	for i := range n {
		for j := range i {
			sum += math.Exp(-2 * (cosines.At(i, i) + cosines.At(j, j) - 2*cosines.At(i, j)))
		}
	}
	pairs := float64(n) * float64(n-1) / 2
	return math.Log(sum / pairs), nil
}

// Alignment is how far the two features of a positive pair are apart on the
// sphere (Wang and Isola 2020, §4.1.1, with α = 2): the mean squared distance
// of row i of a from row i of b, both scaled to length 1. It lies between 0,
// perfect, and 4.
func Alignment(a, b Features) (float64, error) {
	if err := checkBoth("first", a, "second", b); err != nil {
		return 0, fmt.Errorf("alignment: %w", err)
	}
	if a.Len() != b.Len() {
		return 0, fmt.Errorf("alignment of %d with %d rows; both must have the same", a.Len(), b.Len())
	}
	var difference mat.Dense
	difference.Sub(unit(float64s(a)), unit(float64s(b)))
	norm := mat.Norm(&difference, 2) // Frobenius
	return norm * norm / float64(a.Len()), nil
}

// float64s copies features to float64.
func float64s(x Features) *mat.Dense {
	values := make([]float64, len(x.Data))
	for i, v := range x.Data {
		values[i] = float64(v)
	}
	return mat.NewDense(x.Len(), x.Dim, values)
}

// unit scales the rows to length 1 in place. As in PyTorch's normalize a row
// shorter than 1e-12 is divided by that.
func unit(x *mat.Dense) *mat.Dense {
	rows, _ := x.Dims()
	for i := range rows {
		row := x.RowView(i).(*mat.VecDense)
		row.ScaleVec(1/math.Max(mat.Norm(row, 2), 1e-12), row)
	}
	return x
}

// centered subtracts the mean of the rows in place.
func centered(x *mat.Dense) *mat.Dense {
	rows, columns := x.Dims()
	for j := range columns {
		column := x.ColView(j).(*mat.VecDense)
		mean := mat.Sum(column) / float64(rows)
		for i := range rows {
			column.SetVec(i, column.AtVec(i)-mean)
		}
	}
	return x
}

// spectrum returns the eigenvalues of the smaller Gram matrix of x [n, D], not
// divided, in rising order: the squares of its singular values.
func spectrum(x *mat.Dense) ([]float64, error) {
	rows, columns := x.Dims()
	var gram mat.SymDense
	if rows < columns {
		gram.SymOuterK(1, x)
	} else {
		gram.SymOuterK(1, x.T())
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(&gram, false) {
		return nil, fmt.Errorf("the eigenvalues of %d features of width %d did not converge", rows, columns)
	}
	values := eigen.Values(nil)
	for i, value := range values {
		values[i] = math.Max(value, 0)
	}
	return values, nil
}

// effectiveRank is the exponential of the entropy of the singular values.
func effectiveRank(x *mat.Dense) (float64, error) {
	values, err := spectrum(x)
	if err != nil {
		return 0, fmt.Errorf("effective rank: %w", err)
	}
	for i, value := range values {
		values[i] = math.Sqrt(value)
	}
	return entropyRank(values, 1e-7), nil
}

package stats

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// Embeddings are n vectors of d dimensions whose spread is to be measured. Make
// them with [NewEmbeddings]: the zero value has no measures.
type Embeddings struct {
	n, d int
	x    *mat.Dense // n×d
}

// NewEmbeddings takes n vectors of d dimensions, each at least 1, one after the
// other. It copies them. It refuses numbers that are NaN or infinite.
func NewEmbeddings(x []float32, n, d int) (Embeddings, error) {
	if n < 1 || d < 1 || len(x)%d != 0 || len(x)/d != n {
		return Embeddings{}, fmt.Errorf("embeddings: %d numbers for %d vectors of %d dimensions, want %d", len(x), n, d, n*d)
	}
	values := make([]float64, len(x))
	for i, v := range x {
		values[i] = float64(v)
		if math.IsNaN(values[i]) || math.IsInf(values[i], 0) {
			return Embeddings{}, fmt.Errorf("embeddings: vector %d has %v in dimension %d, not a finite number", i/d, v, i%d)
		}
	}
	return Embeddings{n, d, mat.NewDense(n, d, values)}, nil
}

// Unit returns the vectors scaled to length 1. As in PyTorch's normalize a
// vector shorter than 1e-12 is divided by that.
func (e Embeddings) Unit() Embeddings {
	unit := mat.DenseCopyOf(e.x)
	for i := range e.n {
		row := unit.RowView(i).(*mat.VecDense)
		row.ScaleVec(1/math.Max(mat.Norm(row, 2), 1e-12), row)
	}
	return Embeddings{e.n, e.d, unit}
}

// Centered returns the vectors less their mean. Its effective rank is that of
// their covariance, whose spectrum shows whether embeddings span few
// directions only (Jing et al., "Understanding Dimensional Collapse in
// Contrastive Self-supervised Learning", 2022, arXiv:2110.09348, §3), whatever
// their common offset.
func (e Embeddings) Centered() Embeddings {
	centered := mat.DenseCopyOf(e.x)
	for j := range e.d {
		column := centered.ColView(j).(*mat.VecDense)
		mean := mat.Sum(column) / float64(e.n)
		for i := range e.n {
			column.SetVec(i, column.AtVec(i)-mean)
		}
	}
	return Embeddings{e.n, e.d, centered}
}

// DimensionStd returns the standard deviation (divisor n) of every dimension
// over the vectors. Of unit vectors spread evenly over the sphere each is
// close to 1/√d, and of collapsed ones 0 (Chen and He, "Exploring Simple
// Siamese Representation Learning", 2020, §4.1).
func (e Embeddings) DimensionStd() []float64 {
	std := make([]float64, e.d)
	column := make([]float64, e.n)
	for j := range std {
		std[j] = math.Sqrt(stat.PopVariance(mat.Col(column, j, e.x), nil))
	}
	return std
}

// MeanStd is the mean over the dimensions of DimensionStd.
func (e Embeddings) MeanStd() float64 { return stat.Mean(e.DimensionStd(), nil) }

// EffectiveRank is RankMe (Garrido et al., "RankMe: Assessing the Downstream
// Performance of Pretrained Self-Supervised Representations by Their Rank",
// 2023, arXiv:2210.02885, eq. 2; after Roy and Vetterli 2007): the exponential
// of the entropy of the singular values, each divided by their sum and
// increased by 1e-7. It lies between 1, for vectors along one line, and
// min(n, d); of vectors that are all zero it is 0.
//
// The singular values are roots of the eigenvalues of the smaller Gram matrix,
// in float64: those below 1e-7 of the largest are noise, as they are in
// float32 vectors anyway.
func (e Embeddings) EffectiveRank() (float64, error) {
	var gram mat.SymDense
	if e.n < e.d {
		gram.SymOuterK(1, e.x)
	} else {
		gram.SymOuterK(1, e.x.T())
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(&gram, false) {
		return 0, fmt.Errorf("effective rank of %d vectors of %d dimensions: the eigenvalues did not converge", e.n, e.d)
	}
	singular := eigen.Values(nil)
	sum := 0.0
	for i, value := range singular {
		singular[i] = math.Sqrt(math.Max(value, 0))
		sum += singular[i]
	}
	if sum == 0 {
		return 0, nil
	}
	entropy := 0.0
	for _, value := range singular {
		p := value/sum + 1e-7
		entropy -= p * math.Log(p)
	}
	return math.Exp(entropy), nil
}

// Alignment is how far the two vectors of a positive pair are apart on the
// sphere (Wang and Isola, "Understanding Contrastive Representation Learning
// through Alignment and Uniformity on the Hypersphere", 2020,
// arXiv:2005.10242, §4.1.1, with α = 2): the mean squared distance of row i of
// a from row i of b, both scaled to length 1. It lies between 0, perfect, and 4.
func Alignment(a, b Embeddings) (float64, error) {
	if a.n != b.n || a.d != b.d {
		return 0, fmt.Errorf("alignment of %d×%d with %d×%d embeddings; both must have the same shape", a.n, a.d, b.n, b.d)
	}
	var difference mat.Dense
	difference.Sub(a.Unit().x, b.Unit().x)
	norm := mat.Norm(&difference, 2) // Frobenius
	return norm * norm / float64(a.n), nil
}

// Uniformity is how evenly the vectors cover the sphere (Wang and Isola 2020,
// §4.1.2, with t = 2): the logarithm of the mean of exp(-2 ‖x-y‖²) over all
// pairs of vectors scaled to length 1. It lies between -8 and 0, which means
// collapsed. It needs two vectors or more, n² numbers of memory and n²d time.
func (e Embeddings) Uniformity() (float64, error) {
	if e.n < 2 {
		return 0, fmt.Errorf("uniformity of %d vector; at least 2 are needed", e.n)
	}
	var cosines mat.SymDense
	cosines.SymOuterK(1, e.Unit().x)
	sum := 0.0
	for i := range e.n {
		for j := range i {
			sum += math.Exp(-2 * (cosines.At(i, i) + cosines.At(j, j) - 2*cosines.At(i, j)))
		}
	}
	pairs := float64(e.n) * float64(e.n-1) / 2
	return math.Log(sum / pairs), nil
}

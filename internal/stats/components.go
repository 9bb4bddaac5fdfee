package stats

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Components splits the variance of scores by what varied between the runs.
type Components struct {
	// Factors are the variances that the factors make each by itself, in the
	// score's unit squared, never negative; NaN for a factor that did not vary.
	Factors []float64
	// Together is what the factors make only together; NaN where the design can't
	// tell it, as where one factor varies at a time.
	Together float64
	// Total is the variance of a run of which all factors are drawn again: the sum
	// of those that are known.
	Total float64
}

// VarianceComponents estimates how much of the variance of scores is made by
// each factor, such as the seeds of weights, order and views (the question of
// Bouthillier et al., "Accounting for Variance in Machine Learning Benchmarks",
// 2021, arXiv:2103.03098, §2). levels[i][f] is the level of factor f in run i.
//
// Half the squared difference of two runs is on average the sum of the
// variances of the factors in which they differ, and of what these make
// together. The estimate is the least-squares fit of that to all pairs of runs
// (Rao's MINQUE of 1971 with equal weights), for any design: all combinations,
// or one factor at a time. What comes out negative is set to 0. It needs three
// runs, of which two differ in one factor only if that factor's variance is to
// be told from others'.
func VarianceComponents(scores []float64, levels [][]uint64) (Components, error) {
	if err := checkSample(scores, 0.95); err != nil {
		return Components{}, err
	}
	if len(scores) < 3 || len(levels) != len(scores) {
		return Components{}, fmt.Errorf("variance components of %d scores with %d rows of levels; at least 3 runs are "+
			"needed, each with its levels", len(scores), len(levels))
	}
	factors := len(levels[0])
	for i, row := range levels {
		if len(row) != factors {
			return Components{}, fmt.Errorf("variance components: run %d has %d factors, run 0 has %d", i, len(row), factors)
		}
	}
	design, squares := pairsOfRuns(scores, levels)
	varied := columns(design, factors)
	c := Components{Factors: make([]float64, factors), Together: math.NaN()}
	for f := range c.Factors {
		c.Factors[f] = math.NaN()
	}
	if len(varied) == 0 {
		return c, fmt.Errorf("variance components: all %d runs have the same seeds; vary them", len(scores))
	}
	fitted, ok := fit(design, squares, varied)
	if !ok {
		return c, fmt.Errorf("variance components: the factors never varied apart, so that nothing tells their parts; make " +
			"runs that differ in one of them")
	}
	if together, ok := fit(design, squares, append(varied, factors)); ok && len(varied) > 1 {
		fitted, c.Together = together[:len(varied)], math.Max(0, together[len(varied)])
		c.Total += c.Together
	}
	for i, f := range varied {
		c.Factors[f] = math.Max(0, fitted[i])
		c.Total += c.Factors[f]
	}
	return c, nil
}

// pairsOfRuns has a row a pair: in which factors it differs, in the last column
// whether in any, as what factors make together then does; and half the squared
// difference of its scores.
func pairsOfRuns(scores []float64, levels [][]uint64) (design [][]float64, squares []float64) {
	for i := range scores {
		for j := range i {
			row := make([]float64, len(levels[i])+1)
			for f := range levels[i] {
				if levels[i][f] != levels[j][f] {
					row[f], row[len(row)-1] = 1, 1
				}
			}
			d := scores[i] - scores[j]
			design, squares = append(design, row), append(squares, d*d/2)
		}
	}
	return design, squares
}

// columns are the factors that vary in some pair.
func columns(design [][]float64, factors int) (varied []int) {
	for f := range factors {
		for _, row := range design {
			if row[f] != 0 {
				varied = append(varied, f)
				break
			}
		}
	}
	return varied
}

// fit is the least-squares fit of some columns of the design; not ok where they
// are not independent.
func fit(design [][]float64, squares []float64, of []int) (coefficients []float64, ok bool) {
	a := mat.NewDense(len(design), len(of), nil)
	for i, row := range design {
		for k, column := range of {
			a.Set(i, k, row[column])
		}
	}
	var svd mat.SVD
	if !svd.Factorize(a, mat.SVDNone) || svd.Rank(1e-9) < len(of) {
		return nil, false
	}
	var x mat.VecDense
	if err := x.SolveVec(a, mat.NewVecDense(len(squares), squares)); err != nil {
		return nil, false
	}
	return x.RawVector().Data, true
}

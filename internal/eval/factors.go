package eval

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/gonum/mat"

	"github.com/kontrast-ml/kontrast/framework/data"
)

// Factor is something known of each sample beside its class.
type Factor struct {
	data.FactorInfo
	Training, Test []float64 // one a sample, as [data.Factored] gives it; NaN where it is unknown
}

// FactorsOf returns the factors that both splits of a data set know, of the
// samples with the given indices; nil for none.
func FactorsOf(training data.Dataset, trainingSamples []int, test data.Dataset, testSamples []int) []Factor {
	from, ok := data.FactorsOf(training)
	to, both := data.FactorsOf(test)
	if !ok || !both || len(from.Factors()) != len(to.Factors()) {
		return nil
	}
	factors := make([]Factor, len(from.Factors()))
	for f, info := range from.Factors() {
		factors[f].FactorInfo = info
		for _, i := range trainingSamples {
			factors[f].Training = append(factors[f].Training, from.Factor(i, f))
		}
		for _, i := range testSamples {
			factors[f].Test = append(factors[f].Test, to.Factor(i, f))
		}
	}
	return factors
}

func factorProtocol() Named {
	return Named{
		Name: "factors",
		Doc: "linear probes of every factor of variation that the data set knows: what the features keep and what they " +
			"throw away",
		Detail: "A factor with names for its values is classified by the linear probe on standardized features (top-1); a " +
			"number is predicted by ridge " +
			"regression (R² on the test split; of an angle, of its sine and cosine together). Samples of which the factor is " +
			"unknown are left out, and so is a factor that is the same in all. " +
			"See the view factor_scores.",
		Source: "linear probes of attributes as in Locatello et al. 2019, arXiv:1811.12359, §4.2, and Xiao et al. 2021, " +
			"arXiv:2008.05659, §4",
		run: func(ctx context.Context, in *Input) ([]*Result, error) {
			var results []*Result
			var last lastRidge
			for _, factor := range in.Factors {
				result, err := in.factor(ctx, factor, &last)
				if err != nil {
					return nil, fmt.Errorf("factor %s: %w", factor.Name, err)
				}
				if result != nil {
					results = append(results, result)
				}
			}
			return results, nil
		},
	}
}

// factor probes a factor; nil if it does not vary, or too few samples tell it.
func (in *Input) factor(ctx context.Context, factor Factor, last *lastRidge) (*Result, error) {
	training, from := known(in.Training.Features, factor.Training)
	test, to := known(in.Test.Features, factor.Test)
	if !varies(from) || !varies(to) {
		return nil, nil
	}
	decay := in.Settings.Linear.WeightDecay
	result := &Result{Protocol: in.learned("factor", map[string]string{
		"factor": factor.Name, "weight_decay": strconv.FormatFloat(decay, 'g', -1, 64), "standardize": "true",
	})}
	if !factor.Discrete() {
		ridge, err := last.of(training, factor.Training, decay)
		if err != nil {
			return nil, err
		}
		r2, err := ridge.r2(targets(from, factor.Unit), test, targets(to, factor.Unit))
		result.Values = []Value{{"r2", r2}}
		return result, err
	}
	classifier, err := Logistic{WeightDecay: decay, Standardize: true, Backend: in.Backend}.Fit(
		ctx, Set{training, ints(from)}, max(2, len(factor.Values)),
	)
	if err != nil {
		return nil, err
	}
	scores, err := classifier.Logits(test)
	if err != nil {
		return nil, err
	}
	accuracy, err := scores.TopK(ints(to), 1)
	result.Values = []Value{{"top1", accuracy}}
	return result, err
}

// known takes the rows whose value is a number.
func known(x Features, values []float64) (Features, []float64) {
	rows, kept := Features{Dim: x.Dim}, []float64(nil)
	for i, v := range values {
		if !math.IsNaN(v) {
			rows.Data = append(rows.Data, x.Row(i)...)
			kept = append(kept, v)
		}
	}
	return rows, kept
}

// lastRidge keeps the regression of the number before: the samples that it was
// known of are in most data sets those of the next, all of them.
type lastRidge struct {
	known string // a byte a training sample
	made  *ridge
}

// of is the regression from the features of the samples whose value is a number.
func (l *lastRidge) of(training Features, values []float64, decay float64) (*ridge, error) {
	mask := make([]byte, len(values))
	for i, v := range values {
		if !math.IsNaN(v) {
			mask[i] = 1
		}
	}
	if l.made != nil && l.known == string(mask) {
		return l.made, nil
	}
	var err error
	l.known = string(mask)
	l.made, err = newRidge(training, decay)
	return l.made, err
}

// varies reports whether there are two values.
func varies(values []float64) bool { return len(values) > 0 && slices.Min(values) < slices.Max(values) }

func ints(values []float64) []int {
	out := make([]int, len(values))
	for i, v := range values {
		out[i] = int(v)
	}
	return out
}

// targets are what is regressed on, [n, 1], or for angles, which begin again
// after a turn, their sines and cosines [n, 2].
func targets(values []float64, unit string) *mat.Dense {
	if unit != "radians" {
		return mat.NewDense(len(values), 1, append([]float64(nil), values...))
	}
	out := mat.NewDense(len(values), 2, nil)
	for i, v := range values {
		out.Set(i, 0, math.Sin(v))
		out.Set(i, 1, math.Cos(v))
	}
	return out
}

// ridge predicts numbers from standardized features [n, D] by ridge regression.
// The penalty is decay/2·‖W‖² beside half the mean squared error of targets
// scaled to variance 1. What depends on the features alone is computed once.
type ridge struct {
	scaling  scaling
	x        *mat.Dense   // the features, standardized
	cholesky mat.Cholesky // of their correlations and the penalty
}

func newRidge(training Features, decay float64) (*ridge, error) {
	r := &ridge{scaling: newScaling(training, true)}
	r.x = r.scaling.apply(training)
	n, dim := r.x.Dims()
	var gram mat.SymDense
	gram.SymOuterK(1/float64(n), r.x.T())
	for j := range dim {
		gram.SetSym(j, j, gram.At(j, j)+decay)
	}
	if !r.cholesky.Factorize(&gram) {
		return nil, fmt.Errorf("ridge regression: the features are too alike for a weight decay of %g; raise it", decay)
	}
	return r, nil
}

// r2 is the share of the variance of the test targets that a regression on y
// [n, K], whose means it subtracts, explains: 1 at best, 0 for one that knows
// their mean alone, below 0 for a worse one.
func (r *ridge) r2(y *mat.Dense, test Features, want *mat.Dense) (float64, error) {
	n, columns := y.Dims()
	mean := make([]float64, columns)
	for j := range columns {
		mean[j] = mat.Sum(y.ColView(j)) / float64(n)
		for i := range n {
			y.Set(i, j, y.At(i, j)-mean[j])
		}
	}
	var right, weights, predicted mat.Dense
	right.Mul(r.x.T(), y)
	right.Scale(1/float64(n), &right)
	if err := r.cholesky.SolveTo(&weights, &right); err != nil {
		return 0, fmt.Errorf("ridge regression: %w", err)
	}
	predicted.Mul(r.scaling.apply(test), &weights)
	rows, _ := want.Dims()
	missed, varied := 0.0, 0.0
	for j := range columns {
		center := mat.Sum(want.ColView(j)) / float64(rows)
		for i := range rows {
			missed += math.Pow(want.At(i, j)-mean[j]-predicted.At(i, j), 2)
			varied += math.Pow(want.At(i, j)-center, 2)
		}
	}
	return 1 - missed/varied, nil
}

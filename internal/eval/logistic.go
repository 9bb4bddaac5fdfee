package eval

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
)

// Logistic is the linear probe: multinomial logistic regression on frozen
// features with an L2 penalty on the weights, not on the biases. It minimizes
//
//	(1/n)·Σ cross entropy + (WeightDecay/2)·‖W‖²
//
// by L-BFGS, preconditioned so that features of any size converge in some tens
// of iterations. The minimum is unique: the result depends neither on a
// learning rate nor on an order of samples. scikit-learn's LogisticRegression(C)
// minimizes C·Σ cross entropy + ½‖W‖², the same with WeightDecay = 1/(C·n).
type Logistic struct {
	WeightDecay float64 // in (0, ∞)
	// Standardize subtracts the mean of each feature and divides by its standard
	// deviation, both over the training set; features that do not vary count as
	// zero. The penalty is then on weights per standard deviation.
	Standardize bool
	// Tolerance is what every component of the gradient must be below at the end,
	// in variables for which the curvature of the objective is about 1, so that
	// the objective is within about Tolerance² of its minimum. In (0, ∞); 0 is 1e-5.
	Tolerance float64
	// MaxIterations limits the iterations of L-BFGS; 0 is 1000. To need more is an error.
	MaxIterations int
}

// Linear is a linear classifier of features, as [Logistic.Fit] makes it.
type Linear struct {
	Weights *mat.Dense // [classes, dim], for features as they come
	Bias    []float64  // [classes]
	// Objective is the minimum found, penalty included, and Iterations what it took.
	Objective  float64
	Iterations int
}

// Fit trains the classifier of that many classes, at least 2. It is an error if
// the settings, features or labels are not as [Logistic] and [Set] say, or if
// the minimum is not reached.
func (o Logistic) Fit(ctx context.Context, train Set, classes int) (*Linear, error) {
	if !(o.WeightDecay > 0) || math.IsInf(o.WeightDecay, 0) {
		return nil, fmt.Errorf("logistic regression: weight decay is %v, want a number above 0: without it the minimum need not exist", o.WeightDecay)
	}
	if !(o.Tolerance >= 0) || o.MaxIterations < 0 {
		return nil, fmt.Errorf("logistic regression: tolerance %v and limit of iterations %d must be numbers that are not negative", o.Tolerance, o.MaxIterations)
	}
	if classes < 2 {
		return nil, fmt.Errorf("logistic regression: %d classes, want at least 2", classes)
	}
	if err := train.check("training", classes); err != nil {
		return nil, fmt.Errorf("logistic regression: %w", err)
	}
	if o.Tolerance == 0 {
		o.Tolerance = 1e-5
	}
	if o.MaxIterations == 0 {
		o.MaxIterations = 1000
	}
	s := newScaling(train.Features, o.Standardize)
	objective := newObjective(s.apply(train.Features), train.Labels, classes, o.WeightDecay)
	result, err := optimize.Minimize(optimize.Problem{Func: objective.value, Grad: objective.gradient},
		make([]float64, objective.size()),
		&optimize.Settings{GradientThreshold: o.Tolerance, MajorIterations: o.MaxIterations, Converger: optimize.NeverTerminate{}, Recorder: ended{ctx}},
		&optimize.LBFGS{Linesearcher: &optimize.MoreThuente{}})
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if result == nil {
		return nil, fmt.Errorf("logistic regression: %w", err)
	}
	if largest := floats.Norm(objective.at(result.X).gradient, math.Inf(1)); !(largest <= o.Tolerance) {
		reason := fmt.Sprintf("stopped by %v", result.Status)
		if err != nil {
			reason = err.Error()
		}
		return nil, fmt.Errorf("logistic regression did not converge: after %d iterations the largest component of the gradient is %.3g, "+
			"want at most %.3g (%s); raise the weight decay (%g), the tolerance or the limit of iterations",
			result.MajorIterations, largest, o.Tolerance, reason, o.WeightDecay)
	}
	objective.change.weights(result.X[:classes*train.Dim])
	linear := s.fold(result.X, classes)
	linear.Objective, linear.Iterations = result.F, result.MajorIterations
	return linear, nil
}

// ended stops a minimization whose context has ended.
type ended struct{ ctx context.Context }

func (ended) Init() error { return nil }

func (e ended) Record(*optimize.Location, optimize.Operation, *optimize.Stats) error {
	return e.ctx.Err()
}

// Logits are the classifier's scores of each row, W·x + b. It is an error if a
// row is of another width than those of the training, or not finite.
func (l *Linear) Logits(x Features) (*Scores, error) {
	classes, dim := l.Weights.Dims()
	if err := x.check("test"); err != nil {
		return nil, fmt.Errorf("linear classifier: %w", err)
	}
	if x.Dim != dim {
		return nil, fmt.Errorf("linear classifier: features have width %d, it was trained on %d", x.Dim, dim)
	}
	scores := NewScores(x.Len(), classes)
	inParallel(context.Background(), x.Len(), func(i int) { // soon done
		row, out := make([]float64, dim), scores.Row(i)
		for j, v := range x.Row(i) {
			row[j] = float64(v)
		}
		for class := range out {
			out[class] = floats.Dot(l.Weights.RawRowView(class), row) + l.Bias[class]
		}
	})
	return scores, nil
}

// scaling is a shift and a factor for each feature: (x - shift)·factor.
type scaling struct{ shift, factor []float64 }

// newScaling subtracts the means, which changes nothing but the biases, and
// divides by the standard deviations if asked to.
func newScaling(x Features, standardize bool) scaling {
	s := scaling{make([]float64, x.Dim), make([]float64, x.Dim)}
	variance := make([]float64, x.Dim)
	n := float64(x.Len())
	for i := range x.Len() {
		for j, v := range x.Row(i) {
			s.shift[j] += float64(v) / n
		}
	}
	for i := range x.Len() {
		for j, v := range x.Row(i) {
			d := float64(v) - s.shift[j]
			variance[j] += d * d / n
		}
	}
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

func (s scaling) apply(x Features) *mat.Dense {
	out := mat.NewDense(x.Len(), x.Dim, nil)
	inParallel(context.Background(), x.Len(), func(i int) {
		row := out.RawRowView(i)
		for j, v := range x.Row(i) {
			row[j] = (float64(v) - s.shift[j]) * s.factor[j]
		}
	})
	return out
}

// fold turns the parameters found for scaled features into a classifier of features as they come.
func (s scaling) fold(params []float64, classes int) *Linear {
	dim := len(s.shift)
	l := &Linear{Weights: mat.NewDense(classes, dim, nil), Bias: make([]float64, classes)}
	copy(l.Bias, params[classes*dim:])
	for class := range l.Bias {
		row := l.Weights.RawRowView(class)
		floats.MulTo(row, params[class*dim:(class+1)*dim], s.factor)
		l.Bias[class] -= floats.Dot(row, s.shift)
	}
	floats.AddConst(-floats.Sum(l.Bias)/float64(classes), l.Bias) // a common shift changes nothing
	return l
}

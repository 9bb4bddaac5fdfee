package eval

import (
	"context"
	"fmt"
	"math"

	"github.com/gomlx/compute"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// Logistic is the linear probe: multinomial logistic regression on frozen
// features with an L2 penalty on the weights, not on the biases. It minimizes
//
//	(1/n)·Σ cross entropy + (WeightDecay/2)·‖W‖²
//
// by limited-memory BFGS on preconditioned features, so that features of any
// size and classes of any share converge in some tens of iterations. The minimum is unique: the result depends
// neither on a learning rate nor on an order of samples. scikit-learn's LogisticRegression(C)
// minimizes C·Σ cross entropy + ½‖W‖², the same with WeightDecay = 1/(C·n).
type Logistic struct {
	WeightDecay float64 // in (0, ∞)
	// Standardize subtracts the mean of each feature and divides by its standard
	// deviation, both over the training set; features that do not vary count as
	// zero. The penalty is then on weights per standard deviation.
	Standardize bool
	// Tolerance is what every component of the gradient must be below at the end,
	// in variables for which the curvature of the objective is at most about 1: the
	// objective is then within about Tolerance², divided by the least curvature,
	// of its minimum. In (0, ∞); 0 is 2e-6.
	Tolerance float64
	// MaxIterations limits the iterations, each a pass over the samples; 0 is 1000.
	MaxIterations int
	// Backend makes most passes over many samples, in float32; the last are in
	// float64 and plain Go for a tolerance below 1e-4, as all are if it is nil.
	Backend compute.Backend
}

// Linear is a linear classifier of features, as [Logistic.Fit] makes it.
type Linear struct {
	Weights *mat.Dense // [classes, dim], for features as they come
	// Bias of each class; -Inf for one without training samples, which is never predicted.
	Bias []float64
	// Objective is the value reached, penalty included, and Iterations what it took.
	Objective  float64
	Iterations int
	// Converged says whether the minimum was reached, and Gradient is the largest
	// component of the gradient at the end (see Tolerance), in absolute value.
	Converged bool
	Gradient  float64
}

// Fit trains the classifier of that many classes, at least 2. Classes without
// training samples are left out of the fit: of them alone there is no minimum.
// A fit that stops short of the minimum returns the best it found, marked. It is
// an error if the settings, features or labels are not as [Logistic] and [Set]
// say, or if the context ends.
func (o Logistic) Fit(ctx context.Context, train Set, classes int) (*Linear, error) {
	if !(o.WeightDecay > 0) || math.IsInf(o.WeightDecay, 0) {
		return nil, fmt.Errorf("logistic regression: weight decay is %v, want a number above 0: without it the minimum "+
			"need not exist", o.WeightDecay)
	}
	if !(o.Tolerance >= 0) || o.MaxIterations < 0 {
		return nil, fmt.Errorf("logistic regression: tolerance %v and limit of iterations %d must be numbers that are not "+
			"negative", o.Tolerance, o.MaxIterations)
	}
	if classes < 2 {
		return nil, fmt.Errorf("logistic regression: %d classes, want at least 2", classes)
	}
	if err := train.check("training", classes); err != nil {
		return nil, fmt.Errorf("logistic regression: %w", err)
	}
	if o.Tolerance == 0 {
		o.Tolerance = 2e-6
	}
	if o.MaxIterations == 0 {
		o.MaxIterations = 1000
	}
	present, labels := compact(train.Labels, classes)
	s := newScaling(train.Features, o.Standardize)
	fit, err := o.fit(ctx, train.Features, s, labels, len(present))
	if err != nil {
		return nil, err
	}
	linear := s.fold(fit.at, len(present)).spread(present, classes)
	linear.Objective, linear.Iterations = fit.value, fit.iterations
	linear.Gradient, linear.Converged = fit.gradient, fit.gradient <= o.Tolerance
	return linear, nil
}

// compact lists the classes that labels have, in order, and the labels as indices into them.
func compact(labels []int, classes int) (present, compacted []int) {
	index := make([]int, classes)
	for _, label := range labels {
		index[label] = 1
	}
	for class, has := range index {
		if has == 1 {
			index[class] = len(present)
			present = append(present, class)
		}
	}
	compacted = make([]int, len(labels))
	for i, label := range labels {
		compacted[i] = index[label]
	}
	return present, compacted
}

// spread puts the classes of a classifier in their places among all.
func (l *Linear) spread(present []int, classes int) *Linear {
	if len(present) == classes {
		return l
	}
	_, dim := l.Weights.Dims()
	all := &Linear{Weights: mat.NewDense(classes, dim, nil), Bias: make([]float64, classes)}
	for class := range all.Bias {
		all.Bias[class] = math.Inf(-1)
	}
	for i, class := range present {
		all.Weights.SetRow(class, l.Weights.RawRowView(i))
		all.Bias[class] = l.Bias[i]
	}
	return all
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

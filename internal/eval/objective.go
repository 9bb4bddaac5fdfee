package eval

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
)

// objective is the mean cross entropy of a linear classifier with an L2
// penalty on its weights, as a function of its preconditioned weights
// [classes, dim], then its biases [classes]. It is computed in float64.
type objective struct {
	x       matrix
	change  preconditioner
	labels  []int
	classes int
	decay   float64
	spread  []float64 // mean of p·(1-p) at the latest evaluation, for the probability p of each class
	// partial sums; their number depends on the shapes only, so that threads don't change the result
	chunks []partial
}

// matrix has features that are centered, and scaled where that is asked for.
type matrix interface {
	Dims() (n, dim int)
	// row is row i, which may be written to the buffer of that width.
	row(i int, buffer []float64) []float64
}

// partial is a sum over some of the samples.
type partial struct {
	value  float64
	sum    []float64 // of the gradients, laid out as the parameters
	spread []float64 // sum of p·(1-p) for each class
}

func newObjective(x matrix, change preconditioner, labels []int, classes int, decay float64) *objective {
	n, dim := x.Dims()
	o := &objective{x: x, change: change, labels: labels, classes: classes, decay: decay}
	o.spread = make([]float64, classes)
	const memory = 1 << 24 // numbers in all partial sums
	o.chunks = make([]partial, min(64, max(4, memory/(classes*dim)), (n+63)/64))
	for i := range o.chunks {
		o.chunks[i] = partial{sum: make([]float64, classes*(dim+1)), spread: make([]float64, classes)}
	}
	return o
}

func (o *objective) evaluate(params, gradient []float64) (value float64, err error) {
	n, dim := o.x.Dims()
	return penalized(params, gradient, dim, o.change, o.decay, func(weights, biases []float64) (value float64, err error) {
		err = inParallel(context.Background(), len(o.chunks), func(c int) { // soon done
			o.chunks[c].add(o, c*n/len(o.chunks), (c+1)*n/len(o.chunks), weights, biases)
		})
		clear(gradient)
		clear(o.spread)
		for _, chunk := range o.chunks {
			value += chunk.value / float64(n)
			floats.AddScaled(gradient, 1/float64(n), chunk.sum)
			floats.AddScaled(o.spread, 1/float64(n), chunk.spread)
		}
		return value, err
	})
}

// add sets the partial sums to those of the samples [first, last).
func (p *partial) add(o *objective, first, last int, weights, biases []float64) {
	_, dim := o.x.Dims()
	p.value = 0
	clear(p.sum)
	clear(p.spread)
	numbers, buffer := make([]float64, o.classes), make([]float64, dim)
	for i := first; i < last; i++ {
		row := o.x.row(i, buffer)
		for class := range numbers {
			numbers[class] = floats.Dot(weights[class*dim:(class+1)*dim], row) + biases[class]
		}
		p.value += softmax(numbers, o.labels[i])
		for class, probability := range numbers {
			p.spread[class] += probability * (1 - probability)
		}
		numbers[o.labels[i]]--
		for class, number := range numbers {
			floats.AddScaled(p.sum[class*dim:(class+1)*dim], number, row)
		}
		floats.Add(p.sum[o.classes*dim:], numbers)
	}
}

func (o *objective) diagonal(out []float64) { o.change.diagonal(out, o.spread) }

// penalized changes the variables around a pass over the samples, which returns
// the mean cross entropy and sets the gradient, and adds the penalty.
func penalized(params, gradient []float64, dim int, change variables, decay float64,
	pass func(weights, biases []float64) (float64, error),
) (value float64, err error) {
	at := slices.Clone(params)
	size := len(params) / (dim + 1) * dim
	weights := at[:size]
	if err := change.weights(weights); err != nil {
		return 0, err
	}
	if value, err = pass(weights, at[size:]); err != nil {
		return 0, err
	}
	floats.AddScaled(gradient[:size], decay, weights)
	return value + decay/2*floats.Dot(weights, weights), change.gradientOfA(gradient[:size])
}

// variables is a change of variables in place, as [preconditioner] makes it.
type variables interface {
	weights(a []float64) error
	gradientOfA(gradient []float64) error
}

// softmax turns logits into probabilities in place and returns the cross entropy of the label.
func softmax(logits []float64, label int) float64 {
	largest := slices.Max(logits)
	crossEntropy := largest - logits[label]
	var total float64
	for class, logit := range logits {
		logits[class] = math.Exp(logit - largest)
		total += logits[class]
	}
	floats.Scale(1/total, logits)
	return crossEntropy + math.Log(total)
}

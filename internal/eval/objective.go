package eval

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// objective is the mean cross entropy of a linear classifier with an L2
// penalty on its weights, as a function of its preconditioned weights
// [classes, dim], then its biases [classes].
type objective struct {
	x       *mat.Dense // [n, dim], preconditioned
	change  preconditioner
	labels  []int
	classes int
	decay   float64
	last    evaluation
	chunks  []evaluation // partial sums; their number depends on the shapes only, so that threads don't change the result
}

// evaluation is the objective at some parameters.
type evaluation struct {
	params   []float64
	value    float64
	gradient []float64
}

// newObjective takes centered features, which it overwrites.
func newObjective(x *mat.Dense, labels []int, classes int, decay float64) *objective {
	n, dim := x.Dims()
	o := &objective{x: x, change: newPreconditioner(x, classes, decay), labels: labels, classes: classes, decay: decay}
	o.change.features(x)
	o.last.gradient = make([]float64, o.size())
	const memory = 1 << 24 // numbers in all partial sums
	o.chunks = make([]evaluation, min(64, max(4, memory/(classes*dim)), (n+63)/64))
	for i := range o.chunks {
		o.chunks[i].gradient = make([]float64, o.size())
	}
	return o
}

func (o *objective) size() int {
	_, dim := o.x.Dims()
	return o.classes * (dim + 1)
}

func (o *objective) value(params []float64) float64 { return o.at(params).value }

func (o *objective) gradient(into, params []float64) { copy(into, o.at(params).gradient) }

// at evaluates the objective, once for each point: a line search asks for value and gradient apart.
func (o *objective) at(params []float64) evaluation {
	if slices.Equal(params, o.last.params) {
		return o.last
	}
	n, dim := o.x.Dims()
	inParallel(context.Background(), len(o.chunks), func(i int) {
		o.accumulate(&o.chunks[i], params, i*n/len(o.chunks), (i+1)*n/len(o.chunks))
	})
	weights := slices.Clone(params[:o.classes*dim])
	o.change.weights(weights)
	o.last.params = append(o.last.params[:0], params...)
	o.last.value = 0
	clear(o.last.gradient)
	for _, chunk := range o.chunks {
		o.last.value += chunk.value / float64(n)
		floats.AddScaled(o.last.gradient, 1/float64(n), chunk.gradient)
	}
	o.last.value += o.decay / 2 * floats.Dot(weights, weights)
	o.change.gradientOfA(weights)
	floats.AddScaled(o.last.gradient[:len(weights)], o.decay, weights)
	return o.last
}

// accumulate sums the cross entropy of rows [first, last) and its gradient.
func (o *objective) accumulate(into *evaluation, params []float64, first, last int) {
	_, dim := o.x.Dims()
	bias, gradientOfBias := params[o.classes*dim:], into.gradient[o.classes*dim:]
	probabilities := make([]float64, o.classes)
	into.value = 0
	clear(into.gradient)
	for i := first; i < last; i++ {
		row := o.x.RawRowView(i)
		for class := range probabilities {
			probabilities[class] = floats.Dot(params[class*dim:(class+1)*dim], row) + bias[class]
		}
		into.value += softmax(probabilities, o.labels[i])
		probabilities[o.labels[i]]--
		for class, p := range probabilities {
			floats.AddScaled(into.gradient[class*dim:(class+1)*dim], p, row)
			gradientOfBias[class] += p
		}
	}
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

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
	penalty []float64 // [dim], diagonal of the penalty's curvature
	labels  []int
	classes int
	decay   float64
	// probabilities [n, classes] are those of the latest evaluation.
	probabilities []float64
	// partial sums; their number depends on the shapes only, so that threads don't change the result
	chunks []partial
}

// partial is a sum over some of the samples.
type partial struct {
	value float64
	sum   []float64 // laid out as the parameters
}

// newObjective takes centered features, which it overwrites.
func newObjective(x *mat.Dense, labels []int, classes int, decay float64) *objective {
	n, dim := x.Dims()
	o := &objective{x: x, change: newPreconditioner(x, classes, decay), labels: labels, classes: classes, decay: decay}
	o.change.features(x)
	o.penalty = o.change.diagonal(decay)
	o.probabilities = make([]float64, n*classes)
	const memory = 1 << 24 // numbers in all partial sums
	o.chunks = make([]partial, min(64, max(4, memory/(classes*dim)), (n+63)/64))
	for i := range o.chunks {
		o.chunks[i].sum = make([]float64, o.size())
	}
	return o
}

func (o *objective) size() int {
	_, dim := o.x.Dims()
	return o.classes * (dim + 1)
}

// evaluate returns the objective at some parameters and fills in its gradient.
func (o *objective) evaluate(params, gradient []float64) (value float64) {
	n, dim := o.x.Dims()
	value = o.pass(gradient, func(i int, out, row []float64) float64 {
		o.logits(out, params, row)
		crossEntropy := softmax(out, o.labels[i])
		copy(o.probabilities[i*o.classes:], out)
		out[o.labels[i]]--
		return crossEntropy
	}) / float64(n)
	weights := slices.Clone(params[:o.classes*dim])
	o.change.weights(weights)
	value += o.decay / 2 * floats.Dot(weights, weights)
	o.change.gradientOfA(weights)
	floats.AddScaled(gradient[:len(weights)], o.decay, weights)
	return value
}

// curvature sets out to the product of the Hessian, at the parameters of the
// latest evaluation, with a direction.
func (o *objective) curvature(out, direction []float64) {
	_, dim := o.x.Dims()
	o.pass(out, func(i int, row, x []float64) float64 {
		o.logits(row, direction, x)
		p := o.probabilities[i*o.classes : (i+1)*o.classes]
		mean := floats.Dot(p, row)
		for class, z := range row {
			row[class] = p[class] * (z - mean)
		}
		return 0
	})
	weights := slices.Clone(direction[:o.classes*dim])
	o.change.weights(weights)
	o.change.gradientOfA(weights)
	floats.AddScaled(out[:len(weights)], o.decay, weights)
}

// diagonal sets out to the diagonal of the Hessian at the parameters of the latest evaluation.
func (o *objective) diagonal(out []float64) {
	n, dim := o.x.Dims()
	squares := make([][]float64, len(o.chunks))
	o.each(func(chunk, first, last int) {
		sum := o.chunks[chunk].sum
		clear(sum)
		squares[chunk] = make([]float64, dim)
		for i := first; i < last; i++ {
			floats.MulTo(squares[chunk], o.x.RawRowView(i), o.x.RawRowView(i))
			for class := range o.classes {
				p := o.probabilities[i*o.classes+class]
				floats.AddScaled(sum[class*dim:(class+1)*dim], p*(1-p), squares[chunk])
				sum[o.classes*dim+class] += p * (1 - p)
			}
		}
	})
	o.total(out, n)
	for class := range o.classes {
		floats.Add(out[class*dim:(class+1)*dim], o.penalty)
	}
}

func (o *objective) logits(out, params, row []float64) {
	dim := len(row)
	bias := params[o.classes*dim:]
	for class := range out {
		out[class] = floats.Dot(params[class*dim:(class+1)*dim], row) + bias[class]
	}
}

// pass calls f with each sample, which turns its features into one number a
// class, sets out to the mean over the samples of the outer products of those
// numbers with the features and 1, and returns the sum of what f returns.
func (o *objective) pass(out []float64, f func(i int, numbers, features []float64) float64) (sum float64) {
	n, dim := o.x.Dims()
	o.each(func(chunk, first, last int) {
		into := &o.chunks[chunk]
		into.value = 0
		clear(into.sum)
		numbers := make([]float64, o.classes)
		for i := first; i < last; i++ {
			row := o.x.RawRowView(i)
			into.value += f(i, numbers, row)
			for class, number := range numbers {
				floats.AddScaled(into.sum[class*dim:(class+1)*dim], number, row)
			}
			floats.Add(into.sum[o.classes*dim:], numbers)
		}
	})
	o.total(out, n)
	for _, chunk := range o.chunks {
		sum += chunk.value
	}
	return sum
}

// each calls f with every chunk and its samples [first, last).
func (o *objective) each(f func(chunk, first, last int)) {
	n, _ := o.x.Dims()
	inParallel(context.Background(), len(o.chunks), func(i int) { f(i, i*n/len(o.chunks), (i+1)*n/len(o.chunks)) })
}

// total sets out to the sum of the chunks divided by the number of samples.
func (o *objective) total(out []float64, n int) {
	clear(out)
	for _, chunk := range o.chunks {
		floats.AddScaled(out, 1/float64(n), chunk.sum)
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

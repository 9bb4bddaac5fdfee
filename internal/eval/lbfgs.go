package eval

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
)

// lbfgs minimizes a smooth convex objective by limited-memory BFGS (Liu and
// Nocedal, "On the limited memory BFGS method for large scale optimization",
// 1989; Nocedal and Wright, Numerical Optimization, 2nd ed., algorithm 7.4), with
// the diagonal of the Hessian as the first guess of it.
type lbfgs struct {
	tolerance float64 // the largest component of the gradient at the end
	most      int     // evaluations, without the one of the start
	// rounding is how far off the values are, as a part of them.
	rounding float64
	// patience is after how many evaluations without a gradient half as large it
	// gives up: rounding has eaten the progress, or the method does not suit.
	patience int
}

// convex is what lbfgs minimizes.
type convex interface {
	// evaluate returns the value at some parameters and fills in the gradient.
	evaluate(at, gradient []float64) (value float64, err error)
	// diagonal is about that of the Hessian at the latest evaluation.
	diagonal(out []float64)
}

// minimum is the best point found.
type minimum struct {
	at         []float64
	value      float64
	gradient   float64 // its largest component, in absolute value
	iterations int     // passes made over the samples, without the one of the start
}

func (l lbfgs) minimize(ctx context.Context, f convex, start []float64) (found minimum, err error) {
	size := len(start)
	vector := func() []float64 { return make([]float64, size) }
	gradient, next, nextGradient, direction, diagonal := vector(), vector(), vector(), vector(), vector()
	var seen history
	found.at = slices.Clone(start)
	if found.value, err = f.evaluate(found.at, gradient); err != nil {
		return found, err
	}
	found.gradient = floats.Norm(gradient, math.Inf(1))
	least, since := found.gradient, 0
	for found.gradient > l.tolerance && found.iterations < l.most && since < l.patience {
		f.diagonal(diagonal)
		seen.direction(direction, gradient, diagonal)
		slope := floats.Dot(direction, gradient)
		if !(slope < 0) {
			break
		}
		accepted, value := false, 0.0
		for length := 1.0; !accepted && length > 1e-10 && found.iterations < l.most; {
			if err := ctx.Err(); err != nil {
				return found, err
			}
			floats.AddScaledTo(next, found.at, length, direction)
			if value, err = f.evaluate(next, nextGradient); err != nil {
				return found, err
			}
			found.iterations++
			since++
			// Near the minimum values differ by rounding alone; the slope tells whether it was passed.
			ahead := floats.Dot(direction, nextGradient)
			accepted = value <= found.value+1e-4*length*slope+l.rounding*math.Abs(found.value) && ahead <= -0.9*slope
			if shorter := slope / (slope - ahead); shorter > 0 { // where a parabola has its minimum
				length *= min(max(shorter, 0.1), 0.5)
			} else {
				length *= 0.5
			}
		}
		if !accepted {
			break
		}
		seen.add(found.at, next, gradient, nextGradient)
		found.at, next, gradient, nextGradient = next, found.at, nextGradient, gradient
		found.value, found.gradient = value, floats.Norm(gradient, math.Inf(1))
		if found.gradient < least/2 {
			least, since = found.gradient, 0
		}
	}
	return found, ctx.Err()
}

// remembered is how many steps the Hessian of that many parameters is learned
// from: many help where classes are rare, and take as much memory.
func remembered(size int) int { return min(max(1<<23/size, 10), 60) }

// history is the latest steps, and what they changed.
type history struct {
	steps, changes [][]float64 // of the parameters and of the gradient
	curvatures     []float64   // steps · changes
}

// add remembers a step between two points, and forgets the oldest.
func (h *history) add(from, to, gradient, nextGradient []float64) {
	step, change := make([]float64, len(from)), make([]float64, len(from))
	floats.SubTo(step, to, from)
	floats.SubTo(change, nextGradient, gradient)
	curvature := floats.Dot(step, change)
	if !(curvature > 0) {
		return // rounding alone
	}
	if len(h.steps) == remembered(len(from)) {
		h.steps, h.changes, h.curvatures = h.steps[1:], h.changes[1:], h.curvatures[1:]
	}
	h.steps, h.changes = append(h.steps, step), append(h.changes, change)
	h.curvatures = append(h.curvatures, curvature)
}

// direction sets out to where to go from a point with that gradient and diagonal of the Hessian.
func (h *history) direction(out, gradient, diagonal []float64) {
	floats.ScaleTo(out, -1, gradient)
	weights := make([]float64, len(h.steps))
	for i, step := range slices.Backward(h.steps) {
		weights[i] = floats.Dot(step, out) / h.curvatures[i]
		floats.AddScaled(out, -weights[i], h.changes[i])
	}
	floats.Div(out, diagonal)
	if last := len(h.steps) - 1; last >= 0 {
		var scaled float64
		for i, change := range h.changes[last] {
			scaled += change * change / diagonal[i]
		}
		floats.Scale(h.curvatures[last]/scaled, out)
	}
	for i, step := range h.steps {
		floats.AddScaled(out, weights[i]-floats.Dot(h.changes[i], out)/h.curvatures[i], step)
	}
}

package eval

import (
	"context"
	"math"

	"gonum.org/v1/gonum/floats"
)

// newton minimizes a smooth convex objective by Newton's method, whose linear
// systems are solved by conjugate gradients no more exactly than the progress
// so far deserves (truncated Newton, Nocedal and Wright, Numerical Optimization,
// 2nd ed., algorithm 7.1), with the diagonal of the Hessian as preconditioner.
type newton struct {
	tolerance  float64 // the largest component of the gradient at the end
	iterations int     // at most, of conjugate gradients over all steps
}

// convex is what newton minimizes.
type convex interface {
	size() int
	// evaluate returns the value and fills in the gradient.
	evaluate(at, gradient []float64) float64
	// curvature and diagonal are those of the Hessian at the latest evaluation.
	curvature(out, direction []float64)
	diagonal(out []float64)
}

// minimum is the best point found.
type minimum struct {
	at         []float64
	value      float64
	gradient   float64 // its largest component, in absolute value
	iterations int
}

func (n newton) minimize(ctx context.Context, f convex) (minimum, error) {
	size := f.size()
	found := minimum{at: make([]float64, size)}
	gradient, next, nextGradient := make([]float64, size), make([]float64, size), make([]float64, size)
	step, diagonal := make([]float64, size), make([]float64, size)
	found.value = f.evaluate(found.at, gradient)
	for {
		found.gradient = floats.Norm(gradient, math.Inf(1))
		if found.gradient <= n.tolerance || found.iterations >= n.iterations {
			return found, ctx.Err()
		}
		f.diagonal(diagonal)
		accuracy := max(min(0.25, math.Sqrt(found.gradient)), 0.02*n.tolerance/found.gradient)
		made, err := conjugateGradients(ctx, step, gradient, diagonal, f.curvature, accuracy, n.iterations-found.iterations)
		if err != nil {
			return found, err
		}
		found.iterations += made
		slope := floats.Dot(step, gradient)
		if !(slope < 0) {
			return found, nil // rounding has eaten the progress
		}
		length := 1.0
		for {
			floats.AddScaledTo(next, found.at, length, step)
			value := f.evaluate(next, nextGradient)
			// Near the minimum values differ by rounding alone; the gradient tells.
			closer := math.Abs(value-found.value) <= 1e-12*math.Abs(found.value) &&
				floats.Norm(nextGradient, math.Inf(1)) < found.gradient
			if value <= found.value+1e-4*length*slope || closer {
				found.at, next, found.value = next, found.at, value
				gradient, nextGradient = nextGradient, gradient
				break
			}
			if length /= 2; length < 1e-10 {
				return found, ctx.Err()
			}
		}
	}
}

// conjugateGradients sets step to a solution of Hessian·step = -gradient whose
// residual is smaller than the gradient by the factor accuracy, and returns the
// iterations made, of which there are at least 1 and at most limit.
func conjugateGradients(ctx context.Context, step, gradient, diagonal []float64, hessian func(out, direction []float64),
	accuracy float64, limit int,
) (int, error) {
	size := len(step)
	residual, direction, scaled, product := make([]float64, size), make([]float64, size), make([]float64, size),
		make([]float64, size)
	clear(step)
	floats.AddScaled(residual, -1, gradient)
	floats.DivTo(scaled, residual, diagonal)
	copy(direction, scaled)
	rho := floats.Dot(residual, scaled)
	target := accuracy * accuracy * rho
	for made := 1; ; made++ {
		if err := ctx.Err(); err != nil {
			return made, err
		}
		hessian(product, direction)
		curve := floats.Dot(direction, product)
		if !(curve > 0) {
			return made, nil
		}
		alpha := rho / curve
		floats.AddScaled(step, alpha, direction)
		floats.AddScaled(residual, -alpha, product)
		floats.DivTo(scaled, residual, diagonal)
		last := rho
		rho = floats.Dot(residual, scaled)
		if rho <= target || made >= limit {
			return made, nil
		}
		floats.Scale(rho/last, direction)
		floats.Add(direction, scaled)
	}
}

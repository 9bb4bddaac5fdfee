package passes

import (
	"math"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

// RecognizeGelu makes one op of the exact GELU, x·Φ(x) with Φ(x) = (1 + erf(x/√2))/2, and one of the gradient that
// differentiation writes for it: dy·Φ(x) + dy·x·exp(-x²/2)/√(2π), the exponential being that of the argument of erf.
// The ops round differently, and keep the digits of Φ that 1 + erf loses where x is negative.
func RecognizeGelu(g *ir.Graph) {
	g.Rewrite(func(n *ir.Node) []*ir.Value {
		if len(n.Outputs) != 1 || len(n.Inputs) != 2 || n.Outputs[0].Shape.DType != dtypes.Float32 {
			return nil
		}
		out := n.Outputs[0].Shape
		switch n.Op {
		case opMul:
			for i, v := range n.Inputs {
				if x := normalArgument(n.Inputs[1-i]); x == v && x.Shape.Equal(out) {
					return g.New(ir.OpGelu, nil, []*ir.Value{x}, out).Outputs
				}
			}
		case opAdd:
			for i, v := range n.Inputs {
				if x, dy := geluGradient(v, n.Inputs[1-i]); x != nil && x.Shape.Equal(out) && dy.Shape.Equal(out) {
					return g.New(ir.OpGeluGrad, nil, []*ir.Value{x, dy}, out).Outputs
				}
			}
		}
		return nil
	})
}

// normalArgument returns x if v is Φ(x), else nil.
func normalArgument(v *ir.Value) *ir.Value {
	half, factors := factorsOf(v)
	if half != 0.5 || len(factors) != 1 || factors[0].Op() != opAdd {
		return nil
	}
	for i, erf := range factors[0].Producer.Inputs {
		if erf.Op() == ir.Op(compute.OpTypeErf) && isScalar(factors[0].Producer.Inputs[1-i], 1) {
			return scaled(erf.Producer.Inputs[0])
		}
	}
	return nil
}

// scaled returns x if v is x/√2, else nil.
func scaled(v *ir.Value) *ir.Value {
	if factor, factors := factorsOf(v); len(factors) == 1 && approximately(factor, math.Sqrt2/2) {
		return factors[0]
	}
	return nil
}

// geluGradient returns x and dy if a is dy·Φ(x) and b is dy·x·exp(-x²/2)/√(2π), else nil.
func geluGradient(a, b *ir.Value) (x, dy *ir.Value) {
	if a.Op() != opMul {
		return nil, nil
	}
	for i, normal := range a.Producer.Inputs {
		x, dy = normalArgument(normal), a.Producer.Inputs[1-i]
		if x == nil {
			continue
		}
		factor, factors := factorsOf(b, x, dy)
		if !approximately(factor, 1/math.Sqrt(2*math.Pi)) || len(factors) != 3 {
			continue
		}
		rest := slices.Clone(factors)
		for _, known := range []*ir.Value{x, dy} {
			if at := slices.Index(rest, known); at >= 0 {
				rest = slices.Delete(rest, at, at+1)
			}
		}
		if len(rest) == 1 && isBell(rest[0], x) {
			return x, dy
		}
	}
	return nil, nil
}

// isBell says that v is exp(-(x/√2)²).
func isBell(v, x *ir.Value) bool {
	if v.Op() != ir.Op(compute.OpTypeExp) || v.Producer.Inputs[0].Op() != ir.Op(compute.OpTypeNeg) {
		return false
	}
	square := v.Producer.Inputs[0].Producer.Inputs[0]
	return square.Op() == opMul && square.Producer.Inputs[0] == square.Producer.Inputs[1] &&
		scaled(square.Producer.Inputs[0]) == x
}

// factorsOf takes a product apart into a constant and the other factors; whole values are not taken apart.
func factorsOf(v *ir.Value, whole ...*ir.Value) (constant float64, factors []*ir.Value) {
	if c, ok := v.Scalar(); ok {
		return float64(c), nil
	}
	if v.Op() != opMul || slices.Contains(whole, v) {
		return 1, []*ir.Value{v}
	}
	constant = 1
	for _, input := range v.Producer.Inputs {
		c, f := factorsOf(input, whole...)
		constant *= c
		factors = append(factors, f...)
	}
	return constant, factors
}

// near says that x is want up to the rounding of a few float32 products.
func approximately(x, want float64) bool { return math.Abs(x-want) <= 4e-7*want }

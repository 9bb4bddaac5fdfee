package exec

import (
	"slices"

	"github.com/kontrast-ml/kontrast/engine/ir"
	"github.com/kontrast-ml/kontrast/engine/plan"
)

// lowerScatteredDot runs a product whose axes lie too scattered for dotSpec: it brings the operands into the order
// [batch, free, contracted] first.
func lowerScatteredDot(rt *Runtime, n *ir.Node, lower lowerProduct) *kernel {
	d := n.Attrs.(ir.Dot)
	left, leftDims := inOrder(n.Inputs[0], d.LHSBatch, d.LHSContracting)
	right, rightDims := inOrder(n.Inputs[1], d.RHSBatch, d.RHSContracting)
	spec, ok := dotSpec(ir.Dot{
		LHSBatch: count(0, len(d.LHSBatch)), LHSContracting: count(len(leftDims)-len(d.LHSContracting), len(leftDims)),
		RHSBatch: count(0, len(d.RHSBatch)), RHSContracting: count(len(rightDims)-len(d.RHSContracting), len(rightDims)),
	}, leftDims, rightDims)
	if !ok {
		return nil
	}
	product := lower(rt, n, spec)
	if product == nil {
		return nil
	}
	leftBytes, rightBytes := aligned(n.Inputs[0].Bytes()), aligned(n.Inputs[1].Bytes())
	return &kernel{
		traits: plan.Traits{Scratch: leftBytes + rightBytes + product.traits.Scratch},
		run: func(c *call) error {
			a, rest := c.scratch[:leftBytes], c.scratch[leftBytes:]
			b, rest := rest[:rightBytes], rest[rightBytes:]
			left.run(c.pool, a, c.in[0])
			right.run(c.pool, b, c.in[1])
			copies := &call{in: [][]byte{a, b}, contents: make([]*content, 2), out: c.out, scratch: rest, pool: c.pool}
			return product.run(copies)
		},
	}
}

// inOrder copies v with its batch axes first and its contracted axes last, and returns its dimensions then.
func inOrder(v *ir.Value, batch, contracting []int) (copied *strided, dims []int) {
	order := slices.Concat(batch, freeAxes(v.Dims(), batch, contracting), contracting)
	from := rowMajor(v.Dims())
	var src []int
	for _, axis := range order {
		dims, src = append(dims, v.Dims()[axis]), append(src, from[axis])
	}
	return newStrided(elementSize(v), dims, rowMajor(dims), src, 0, 0), dims
}

// count returns the integers [from, to).
func count(from, to int) []int {
	var list []int
	for i := from; i < to; i++ {
		list = append(list, i)
	}
	return list
}

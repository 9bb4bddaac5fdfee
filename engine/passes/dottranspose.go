package passes

import (
	"github.com/gomlx/compute"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

// TransposeProducts makes one product of a product and the transposition that exchanges the axes of its two operands,
// as the gradients of dense layers come: the operands change places. It leaves products alone that others read too, or
// whose right operand is a parameter or a constant, which may be kept packed.
func TransposeProducts(g *ir.Graph) {
	readers := map[*ir.Value]int{}
	for _, n := range g.Nodes {
		for _, v := range n.Inputs {
			readers[v]++
		}
	}
	for _, v := range g.Outputs {
		readers[v]++
	}
	g.Rewrite(func(n *ir.Node) []*ir.Value {
		if n.Op != ir.Op(compute.OpTypeTranspose) {
			return nil
		}
		product := n.Inputs[0]
		if product.Op() != ir.Op(compute.OpTypeDotGeneral) || readers[product] != 1 ||
			!exchangesOperands(product.Producer, n.Attrs.(ir.Transpose).Permutation) {
			return nil
		}
		dot := product.Producer
		switch compute.OpType(dot.Inputs[1].Op()) {
		case compute.OpTypeParameter, compute.OpTypeConstant:
			return nil
		}
		d := dot.Attrs.(ir.Dot)
		d.LHSContracting, d.RHSContracting = d.RHSContracting, d.LHSContracting
		d.LHSBatch, d.RHSBatch = d.RHSBatch, d.LHSBatch
		exchanged := g.New(dot.Op, d, []*ir.Value{dot.Inputs[1], dot.Inputs[0]}, n.Outputs[0].Shape)
		exchanged.Replay = func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
			result, err := dot.Replay(f, []compute.Value{in[1], in[0]})
			if err != nil {
				return nil, err
			}
			return n.Replay(f, result)
		}
		return exchanged.Outputs
	})
}

// exchangesOperands says that a permutation of a product's axes [batch, left, right] makes them [batch, right, left].
func exchangesOperands(dot *ir.Node, permutation []int) bool {
	d := dot.Attrs.(ir.Dot)
	batch := len(d.LHSBatch)
	left := len(dot.Inputs[0].Dims()) - batch - len(d.LHSContracting)
	for i, axis := range permutation {
		want := i
		if i >= batch {
			want = batch + (i-batch+left)%(len(permutation)-batch)
		}
		if axis != want {
			return false
		}
	}
	return true
}

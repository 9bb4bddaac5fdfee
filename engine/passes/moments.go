package passes

import (
	"github.com/gomlx/compute"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

// MomentsOfParts lets Moments read a part of a tensor along its first axis where it lies, instead of from a copy: the
// statistics of a batch norm that treats a batch in groups.
func MomentsOfParts(g *ir.Graph) {
	g.Rewrite(func(n *ir.Node) []*ir.Value {
		if n.Op != ir.OpMoments || n.Attrs != nil || n.Inputs[0].Op() != ir.Op(compute.OpTypeSlice) {
			return nil
		}
		slice := n.Inputs[0].Producer
		whole := slice.Inputs[0]
		at := slice.Attrs.(ir.Slice)
		part := ir.Part{From: at.Starts[0], To: at.Limits[0]}
		for axis, d := range whole.Dims() {
			if at.Strides[axis] != 1 || axis > 0 && (at.Starts[axis] != 0 || at.Limits[axis] != d) {
				return nil
			}
		}
		moments := g.New(ir.OpMoments, part, []*ir.Value{whole}, n.Outputs[0].Shape, n.Outputs[1].Shape)
		moments.Replay = func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
			sliced, err := slice.Replay(f, in)
			if err != nil {
				return nil, err
			}
			return n.Replay(f, sliced)
		}
		return moments.Outputs
	})
}

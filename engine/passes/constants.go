package passes

import (
	"unsafe"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/kontrast-ml/kontrast/engine/reference"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

// maxFolded is the size in bytes of the largest constant that folding makes.
const maxFolded = 1 << 20

// FoldConstants computes the nodes that depend on constants only, with GoMLX's Go backend, unless the result is large
// or is a broadcast, which costs nothing where it is used.
func FoldConstants(g *ir.Graph) {
	g.Rewrite(func(n *ir.Node) []*ir.Value {
		if !foldable(n) {
			return nil
		}
		data, err := evaluate(n)
		if err != nil {
			return nil // the error shows when the op is executed
		}
		return []*ir.Value{NewConstant(g, data, n.Outputs[0].Shape)}
	})
}

func foldable(n *ir.Node) bool {
	if n.Replay == nil || len(n.Outputs) != 1 || !determined(n) || n.Op == ir.Op(compute.OpTypeConstant) {
		return false
	}
	size := n.Outputs[0].Bytes()
	if n.Op == ir.Op(compute.OpTypeBroadcastInDim) && size > 64 {
		return false
	}
	for _, v := range n.Inputs {
		if v.Op() != ir.Op(compute.OpTypeConstant) {
			return false
		}
	}
	return size <= maxFolded && size > 0
}

// NewConstant adds a constant.
func NewConstant(g *ir.Graph, data []byte, shape shapes.Shape) *ir.Value {
	n := g.New(ir.Op(compute.OpTypeConstant), ir.Constant{Data: data}, nil, shape)
	n.Replay = func(f compute.Function, _ []compute.Value) ([]compute.Value, error) {
		v, err := f.Constant(
			dtypes.UnsafeAnySliceFromBytes(unsafe.Pointer(&data[0]), shape.DType, shape.Size()), shape.Dimensions...,
		)
		return []compute.Value{v}, err
	}
	return n.Outputs[0]
}

// evaluate runs a node of constants on the Go backend.
func evaluate(n *ir.Node) ([]byte, error) {
	builder := reference.Backend().Builder("constant")
	f := builder.Main()
	inputs := make([]compute.Value, len(n.Inputs))
	for i, v := range n.Inputs {
		operand, err := v.Producer.Replay(f, nil)
		if err != nil {
			return nil, err
		}
		inputs[i] = operand[0]
	}
	outputs, err := n.Replay(f, inputs)
	if err != nil {
		return nil, err
	}
	if err := f.Return(outputs, nil); err != nil {
		return nil, err
	}
	executable, err := builder.Compile()
	if err != nil {
		return nil, err
	}
	results, err := reference.Execute(executable, nil, nil)
	if err != nil {
		return nil, err
	}
	flat, err := results[0].Data()
	if err != nil {
		return nil, err
	}
	return append([]byte(nil), dtypes.UnsafeByteSliceFromAny(flat)...), nil
}

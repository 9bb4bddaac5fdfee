package exec

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/kontrast-ml/kontrast/engine/reference"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

// lowerReference returns a kernel that runs n on GoMLX's Go backend, as a computation of one op.
func lowerReference(n *ir.Node) (*kernel, error) {
	if n.Replay == nil {
		return nil, fmt.Errorf("no kernel for op %s with operands %v", n.Op, operandShapes(n))
	}
	backend := reference.Backend()
	executable, err := compileReference(backend, n)
	if err != nil {
		return nil, fmt.Errorf("op %s on GoMLX's Go backend: %w", n.Op, err)
	}
	return &kernel{run: func(c *call) error {
		inputs := make([]compute.Buffer, len(n.Inputs))
		donate := make([]bool, len(n.Inputs))
		for i, v := range n.Inputs {
			buffer, flat, err := backend.NewSharedBuffer(0, v.Shape)
			if err != nil {
				return err
			}
			copy(dtypes.UnsafeByteSliceFromAny(flat), c.in[i])
			inputs[i], donate[i] = buffer, true
		}
		outputs, err := reference.Execute(executable, inputs, donate)
		if err != nil {
			return err
		}
		for i, buffer := range outputs {
			flat, err := buffer.Data()
			if err != nil {
				return err
			}
			copy(c.out[i], dtypes.UnsafeByteSliceFromAny(flat))
			if err := buffer.Finalize(); err != nil {
				return err
			}
		}
		return nil
	}}, nil
}

func compileReference(backend compute.Backend, n *ir.Node) (compute.Executable, error) {
	builder := backend.Builder(n.Op.String())
	f := builder.Main()
	inputs := make([]compute.Value, len(n.Inputs))
	var err error
	for i, v := range n.Inputs {
		if inputs[i], err = f.Parameter(fmt.Sprintf("x%d", i), v.Shape, nil); err != nil {
			return nil, err
		}
	}
	outputs, err := n.Replay(f, inputs)
	if err != nil {
		return nil, err
	}
	if err := f.Return(outputs, nil); err != nil {
		return nil, err
	}
	return builder.Compile()
}

func operandShapes(n *ir.Node) []shapes.Shape {
	list := make([]shapes.Shape, len(n.Inputs))
	for i, v := range n.Inputs {
		list[i] = v.Shape
	}
	return list
}

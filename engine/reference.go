package engine

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/kontrast-ml/kontrast/engine/reference"
	"github.com/pkg/errors"
)

// referenceExecutable is a computation with dynamic axes, run as a whole by GoMLX's Go backend.
type referenceExecutable struct {
	backend *Backend
	compute.Executable
}

func (b *Builder) compileReference() (compute.Executable, error) {
	executable, err := b.reference.Compile()
	if err != nil {
		return nil, errors.WithMessagef(err, "compiling %q, which has dynamic axes, for the Go backend", b.name)
	}
	return &referenceExecutable{b.backend, executable}, nil
}

// Execute copies the inputs to the Go backend and the outputs back.
func (e *referenceExecutable) Execute(
	inputs []compute.Buffer, donate []bool, _ compute.DeviceNum,
) ([]compute.Buffer, error) {
	names, inputShapes := e.Inputs()
	buffers, err := e.backend.checkInputs(inputs, donate, names, inputShapes)
	if err != nil {
		return nil, err
	}
	backend := reference.Backend()
	arguments := make([]compute.Buffer, len(buffers))
	for i, buf := range buffers {
		if arguments[i], err = backend.BufferFromFlatData(0, buf.flat(), buf.shape); err != nil {
			return nil, err
		}
	}
	for i, buf := range buffers { // which may be the same for two parameters
		if len(donate) > 0 && donate[i] {
			if err := buf.Finalize(); err != nil {
				return nil, err
			}
		}
	}
	results, err := reference.Execute(e.Executable, arguments, nil)
	if err != nil {
		return nil, err
	}
	outputs := make([]compute.Buffer, len(results))
	for i, result := range results {
		if outputs[i], err = e.backend.adopt(result); err != nil {
			return nil, err
		}
	}
	return outputs, nil
}

func (b *Backend) adopt(result compute.Buffer) (compute.Buffer, error) {
	shape, err := result.Shape()
	if err != nil {
		return nil, err
	}
	data, err := result.Data()
	if err != nil {
		return nil, err
	}
	// A new handle on a static shape: what came out of an execution has no dynamic axes.
	buf, err := b.newBuffer(0, shapes.Make(shape.DType, shape.Dimensions...))
	if err != nil {
		return nil, err
	}
	copy(buf.block.Bytes, dtypes.UnsafeByteSliceFromAny(data))
	return buf, result.Finalize()
}

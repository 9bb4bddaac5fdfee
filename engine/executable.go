package engine

import (
	"sync/atomic"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
	"github.com/pkg/errors"

	"github.com/kontrast-ml/kontrast/engine/exec"
)

// Executable is a compiled computation. Executions may run concurrently.
type Executable struct {
	backend *Backend
	program atomic.Pointer[exec.Program] // nil once finalized
}

var _ compute.Executable = (*Executable)(nil)

// Finalize releases the memory kept between executions. Those that run end as they would have, later ones are errors.
func (e *Executable) Finalize() {
	if program := e.program.Swap(nil); program != nil {
		program.Close()
	}
}

// Inputs returns the parameters' names and shapes, none once the executable is finalized.
func (e *Executable) Inputs() (names []string, inputShapes []shapes.Shape) {
	if program := e.program.Load(); program != nil {
		return program.Inputs()
	}
	return nil, nil
}

// Outputs returns the shapes of the results, none once the executable is finalized.
func (e *Executable) Outputs() []shapes.Shape {
	if program := e.program.Load(); program != nil {
		return program.Outputs()
	}
	return nil
}

// Execute runs the computation. The memory of donated inputs is reused for outputs.
func (e *Executable) Execute(inputs []compute.Buffer, donate []bool, _ compute.DeviceNum) ([]compute.Buffer, error) {
	program := e.program.Load()
	if program == nil {
		return nil, errors.New("executable was finalized")
	}
	names, inputShapes := program.Inputs()
	buffers, err := e.backend.checkInputs(inputs, donate, names, inputShapes)
	if err != nil {
		return nil, err
	}
	blocks := make([]*exec.Block, len(buffers))
	for i, buf := range buffers {
		blocks[i] = buf.block
	}
	for i, buf := range buffers { // which may be the same for two parameters
		if len(donate) > 0 && donate[i] {
			buf.block = nil
		}
	}
	results, err := program.Run(blocks, donate)
	if err != nil {
		return nil, err
	}
	outputs := make([]compute.Buffer, len(results))
	for i, shape := range program.Outputs() {
		outputs[i] = &Buffer{backend: e.backend, shape: shape, block: results[i]}
	}
	return outputs, nil
}

// checkInputs returns the inputs as buffers of this backend. A dimension of -1 in shapes accepts any size.
func (b *Backend) checkInputs(
	inputs []compute.Buffer, donate []bool, names []string, want []shapes.Shape,
) ([]*Buffer, error) {
	if err := b.checkAlive(); err != nil {
		return nil, err
	}
	if len(inputs) != len(want) {
		return nil, errors.Errorf("execution needs %d inputs, not %d", len(want), len(inputs))
	}
	if len(donate) != 0 && len(donate) != len(want) {
		return nil, errors.Errorf("execution needs %d donate flags, not %d", len(want), len(donate))
	}
	buffers := make([]*Buffer, len(inputs))
	for i, input := range inputs {
		buf, ok := input.(*Buffer)
		switch {
		case !ok || buf.backend != b:
			return nil, errors.Errorf("input %d (%q) is a %T of another backend", i, names[i], input)
		case buf.block == nil:
			return nil, errors.Errorf("input %d (%q) was finalized or donated", i, names[i])
		case !accepts(want[i], buf.shape):
			return nil, errors.Errorf("input %d (%q) has shape %s, expected %s", i, names[i], buf.shape, want[i])
		}
		buffers[i] = buf
	}
	return buffers, nil
}

func accepts(want, got shapes.Shape) bool {
	if want.DType != got.DType || want.Rank() != got.Rank() {
		return false
	}
	for i, d := range want.Dimensions {
		if d != got.Dimensions[i] && d != shapes.DynamicDim {
			return false
		}
	}
	return true
}

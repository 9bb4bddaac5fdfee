// Package rounding makes a compute backend that multiplies in bfloat16 of one
// that can: products and convolutions of float32 round their operands to
// bfloat16, as tensor cores want them, and everything else stays float32, the
// variables and sums among it. It does so below the graph, so that gradients are
// rounded as well.
package rounding

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
)

// Backend is a backend whose products and convolutions of float32 are of
// bfloat16. Products accumulate in float32; the results of convolutions are
// rounded to bfloat16.
type Backend struct{ compute.Backend }

// New returns the backend that computes by b, which needs products and convolutions of bfloat16.
func New(b compute.Backend) *Backend { return &Backend{b} }

// Description implements [compute.Backend].
func (b *Backend) Description() string {
	return b.Backend.Description() + ", products and convolutions of bfloat16"
}

// Builder implements [compute.Backend].
func (b *Backend) Builder(name string) compute.Builder { return &builder{b.Backend.Builder(name), b} }

// BufferFromFlatData implements [compute.Backend].
func (b *Backend) BufferFromFlatData(device compute.DeviceNum, flat any, shape shapes.Shape) (compute.Buffer, error) {
	made, err := b.Backend.BufferFromFlatData(device, flat, shape)
	return b.own(made, err)
}

// NewSharedBuffer implements [compute.Backend].
func (b *Backend) NewSharedBuffer(device compute.DeviceNum, shape shapes.Shape) (compute.Buffer, any, error) {
	made, flat, err := b.Backend.NewSharedBuffer(device, shape)
	own, err := b.own(made, err)
	return own, flat, err
}

// own makes a buffer one of this backend, which GoMLX tells apart from the one below.
func (b *Backend) own(made compute.Buffer, err error) (compute.Buffer, error) {
	if err != nil {
		return nil, err
	}
	return &buffer{made, b}, nil
}

type buffer struct {
	compute.Buffer
	backend *Backend
}

func (x *buffer) Backend() compute.Backend { return x.backend }

func (x *buffer) CopyToDevice(device compute.DeviceNum) (compute.Buffer, error) {
	return x.backend.own(x.Buffer.CopyToDevice(device))
}

type builder struct {
	compute.Builder
	backend *Backend
}

func (b *builder) Main() compute.Function { return &function{b.Builder.Main(), b} }

func (b *builder) NewFunction(name string) (compute.Function, error) {
	made, err := b.Builder.NewFunction(name)
	if err != nil {
		return nil, err
	}
	return &function{made, b}, nil
}

func (b *builder) Compile() (compute.Executable, error) {
	made, err := b.Builder.Compile()
	if err != nil {
		return nil, err
	}
	return &executable{made, b.backend}, nil
}

type executable struct {
	compute.Executable
	backend *Backend
}

func (e *executable) Execute(
	inputs []compute.Buffer, donate []bool, device compute.DeviceNum,
) ([]compute.Buffer, error) {
	below := make([]compute.Buffer, len(inputs))
	for i, input := range inputs {
		below[i] = input
		if own, ok := input.(*buffer); ok {
			below[i] = own.Buffer
		}
	}
	outputs, err := e.Executable.Execute(below, donate, device)
	if err != nil {
		return nil, err
	}
	for i, output := range outputs {
		outputs[i] = &buffer{output, e.backend}
	}
	return outputs, nil
}

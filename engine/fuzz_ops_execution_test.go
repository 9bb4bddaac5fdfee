package engine_test

import (
	"bytes"
	"fmt"
	"math"
	"reflect"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"github.com/kontrast-ml/kontrast/engine/reference"
)

// arguments returns numbers from -3 to 3, others for each seed.
func (p *opProgram) arguments(seed int) []any {
	var flat []any
	for i, shape := range p.params {
		data := reflect.MakeSlice(reflect.SliceOf(shape.DType.GoType()), shape.Size(), shape.Size())
		state := uint32(seed*977 + i*131 + 1)
		for k := range shape.Size() {
			state = state*1664525 + 1013904223
			x := float64(state>>16%7) - 3
			if shape.DType == dtypes.Bool {
				x = float64(state >> 16 & 1)
			}
			data.Index(k).Set(reflect.ValueOf(shapes.CastAsDType(x, shape.DType)))
		}
		flat = append(flat, data.Interface())
	}
	return flat
}

// execution gives an executable its arguments in buffers, and checks that it leaves those alone that are not donated.
type execution struct {
	backend compute.Backend
	program *opProgram
	flat    []any
	donate  []bool
	exposed bool // the elements of the buffers are handed out
	buffers []compute.Buffer
}

func newExecution(b compute.Backend, p *opProgram, flat []any, donate []bool) *execution {
	return &execution{backend: b, program: p, flat: flat, donate: donate, buffers: make([]compute.Buffer, len(p.params))}
}

// run executes; a second time with the same buffers, if they are not donated.
func (e *execution) run(x compute.Executable) (results []any, err error) {
	for i, shape := range e.program.params {
		if e.buffers[i] == nil {
			if e.buffers[i], err = e.backend.BufferFromFlatData(0, e.flat[i], shape); err != nil {
				return nil, err
			}
		}
		if e.exposed {
			data, err := e.buffers[i].Data()
			if err != nil {
				return nil, err
			}
			reflect.Copy(reflect.ValueOf(data), reflect.ValueOf(e.flat[i]))
		}
	}
	outputs, err := reference.Execute(x, e.buffers, e.donate)
	if err != nil {
		return nil, err
	}
	for _, buffer := range outputs {
		flat, err := elements(buffer)
		if err != nil {
			return nil, err
		}
		results = append(results, flat)
		if err := buffer.Finalize(); err != nil {
			return nil, err
		}
	}
	for i := range e.buffers {
		if e.donate != nil && e.donate[i] {
			e.buffers[i] = nil
			continue
		}
		flat, err := elements(e.buffers[i])
		if err != nil {
			return nil, err
		}
		if !sameBits(flat, e.flat[i]) {
			return nil, fmt.Errorf("parameter %d, not donated, has changed", i)
		}
	}
	return results, nil
}

func elements(buffer compute.Buffer) (any, error) {
	shape, err := buffer.Shape()
	if err != nil {
		return nil, err
	}
	flat := dtypes.MakeAnySlice(shape.DType, shape.Size())
	return flat, buffer.ToFlatData(flat)
}

func sameBits(a, b any) bool {
	return bytes.Equal(dtypes.UnsafeByteSliceFromAny(a), dtypes.UnsafeByteSliceFromAny(b))
}

// compare reports the first difference that rounding does not explain.
func (p *opProgram) compare(want, got []any) error {
	for i, v := range p.outputs {
		k := p.values[v]
		if sameBits(want[i], got[i]) {
			continue
		}
		w, g := reflect.ValueOf(want[i]), reflect.ValueOf(got[i])
		for at := range w.Len() {
			a, b := numberOf(w.Index(at)), numberOf(g.Index(at))
			if a != b && !(math.Abs(a-b) <= 2*k.err) {
				return fmt.Errorf("result %d, value %d %s, element %d: %v, the Go backend has %v (±%g)",
					i, v, k.shape, at, b, a, k.err)
			}
		}
	}
	return nil
}

func numberOf(v reflect.Value) float64 {
	if x, ok := asFloat(v.Interface()); ok {
		return x
	}
	switch {
	case v.CanInt():
		return float64(v.Int())
	case v.CanUint():
		return float64(v.Uint())
	case v.Bool():
		return 1
	}
	return 0
}

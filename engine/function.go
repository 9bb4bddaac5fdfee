package engine

import (
	"unsafe"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/notimplemented"
	"github.com/gomlx/compute/shapes"
	"github.com/pkg/errors"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

// Function records the ops of the main function, of a named function or of a closure.
type Function struct {
	notimplemented.Function
	builder   *Builder
	parent    *Function
	name      string
	reference compute.Function
	graph     *ir.Graph
	returned  bool

	captured map[*ir.Value]*value // by the value of the enclosing function
	outer    []*value             // the captured values of the parent, in the order of graph.Captures
}

// value is what the engine hands out as compute.Value.
type value struct {
	*ir.Value
	fn        *Function
	reference compute.Value
}

var _ compute.Function = (*Function)(nil)

func newFunction(b *Builder, parent *Function, name string, reference compute.Function) *Function {
	return &Function{
		Function:  notimplemented.Function{ErrFn: notImplemented},
		builder:   b,
		parent:    parent,
		name:      name,
		reference: reference,
		graph:     &ir.Graph{Name: name},
		captured:  map[*ir.Value]*value{},
	}
}

// Name returns the function's name, empty for closures.
func (f *Function) Name() string { return f.name }

// Builder returns the builder that the function belongs to.
func (f *Function) Builder() compute.Builder { return f.builder }

// Parent returns the enclosing function of a closure, and nil otherwise.
func (f *Function) Parent() compute.Function {
	if f.parent == nil {
		return nil
	}
	return f.parent
}

// Closure starts a function that may use the values of f.
func (f *Function) Closure() (compute.Function, error) {
	if err := f.checkOpen(); err != nil {
		return nil, err
	}
	reference, err := f.reference.Closure()
	if err != nil {
		return nil, err
	}
	return newFunction(f.builder, f, "", reference), nil
}

// Shape returns the shape of a value.
func (f *Function) Shape(v compute.Value) (shapes.Shape, error) { return f.builder.OpShape(v) }

// Parameter adds an argument.
func (f *Function) Parameter(name string, shape shapes.Shape, sharding *compute.ShardingSpec) (compute.Value, error) {
	if err := f.checkOpen(); err != nil {
		return nil, err
	}
	reference, err := f.reference.Parameter(name, shape, sharding)
	if err != nil {
		return nil, err
	}
	attrs := ir.Parameter{Name: name, Index: len(f.graph.Params)}
	v := f.add(ir.Op(compute.OpTypeParameter), attrs, nil, nil, []compute.Value{reference}, []shapes.Shape{shape})[0]
	f.graph.Params = append(f.graph.Params, v.Value)
	return v, nil
}

// Constant adds a tensor of fixed values.
func (f *Function) Constant(flat any, dims ...int) (compute.Value, error) {
	if err := f.checkOpen(); err != nil {
		return nil, err
	}
	reference, err := f.reference.Constant(flat, dims...)
	if err != nil {
		return nil, err
	}
	shape, err := f.reference.Shape(reference)
	if err != nil {
		return nil, err
	}
	data := alignedBytes(int(shape.ByteSize()))
	copy(data, dtypes.UnsafeByteSliceFromAny(flat))
	replay := func(f compute.Function, _ []compute.Value) ([]compute.Value, error) {
		return singleResult(f.Constant(flatOf(data, shape), shape.Dimensions...))
	}
	return f.add(ir.Op(compute.OpTypeConstant), ir.Constant{Data: data}, replay, nil, []compute.Value{reference},
		[]shapes.Shape{shape})[0], nil
}

// alignedBytes allocates memory for elements of any type.
func alignedBytes(n int) []byte {
	words := make([]complex128, (n+15)/16)
	if n == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), n)
}

func flatOf(data []byte, shape shapes.Shape) any {
	if len(data) == 0 {
		return dtypes.MakeAnySlice(shape.DType, 0)
	}
	return dtypes.UnsafeAnySliceFromBytes(unsafe.Pointer(&data[0]), shape.DType, shape.Size())
}

// Return ends the function.
func (f *Function) Return(outputs []compute.Value, shardings []*compute.ShardingSpec) error {
	if err := f.checkOpen(); err != nil {
		return err
	}
	values, err := f.operands("Return", outputs)
	if err != nil {
		return err
	}
	if err := f.reference.Return(references(values), shardings); err != nil {
		return err
	}
	for _, v := range values {
		f.graph.Outputs = append(f.graph.Outputs, v.Value)
	}
	f.returned = true
	return nil
}

func (f *Function) checkOpen() error {
	switch {
	case f.builder.compiled:
		return errors.Errorf("computation %q is compiled: it takes no more ops", f.builder.name)
	case f.returned:
		return errors.Errorf("function %q of computation %q has returned: it takes no more ops", f.name, f.builder.name)
	}
	return nil
}

// record declares an op on the reference function by its replay, and adds it to the graph.
func (f *Function) record(op ir.Op, attrs any, replay ir.Replay, operands ...compute.Value) ([]*value, error) {
	if err := f.checkOpen(); err != nil {
		return nil, err
	}
	inputs, err := f.operands(op.String(), operands)
	if err != nil {
		return nil, err
	}
	outputs, err := replay(f.reference, references(inputs))
	if err != nil {
		return nil, err
	}
	outShapes := make([]shapes.Shape, len(outputs))
	for i, v := range outputs {
		if outShapes[i], err = f.reference.Shape(v); err != nil {
			return nil, err
		}
	}
	return f.add(op, attrs, replay, inputs, outputs, outShapes), nil
}

func (f *Function) add(
	op ir.Op, attrs any, replay ir.Replay, inputs []*value, outputs []compute.Value, outShapes []shapes.Shape,
) []*value {
	operands := make([]*ir.Value, len(inputs))
	for i, v := range inputs {
		operands[i] = v.Value
	}
	n := f.graph.New(op, attrs, operands, outShapes...)
	n.Replay = replay
	values := make([]*value, len(outputs))
	for i, v := range n.Outputs {
		values[i] = &value{Value: v, fn: f, reference: outputs[i]}
		f.builder.dynamic = f.builder.dynamic || v.Shape.IsDynamic()
	}
	return values
}

// operands checks the values and captures those of enclosing functions.
func (f *Function) operands(op string, vs []compute.Value) ([]*value, error) {
	values := make([]*value, len(vs))
	for i, v := range vs {
		x, ok := v.(*value)
		if !ok || x == nil || x.fn.builder != f.builder {
			return nil, errors.Errorf("%s: operand %d is a %T that computation %q did not create", op, i, v, f.builder.name)
		}
		if values[i] = f.local(x); values[i] == nil {
			return nil, errors.Errorf("%s: operand %d belongs to another function, and not to one that encloses this one", op, i)
		}
	}
	return values, nil
}

// local returns x as a value of f, capturing it if it belongs to an enclosing function, and nil otherwise.
func (f *Function) local(x *value) *value {
	if x.fn == f {
		return x
	}
	if f.parent == nil {
		return nil
	}
	outer := f.parent.local(x)
	if outer == nil {
		return nil
	}
	if v := f.captured[outer.Value]; v != nil {
		return v
	}
	v := f.add(ir.Op(compute.OpTypeCapturedValue), nil, nil, nil, []compute.Value{x.reference}, []shapes.Shape{x.Shape})[0]
	f.captured[outer.Value] = v
	f.outer = append(f.outer, outer)
	f.graph.Captures = append(f.graph.Captures, v.Value)
	return v
}

func references(values []*value) []compute.Value {
	refs := make([]compute.Value, len(values))
	for i, v := range values {
		refs[i] = v.reference
	}
	return refs
}

// singleResult adapts the result of an op with one output to that of a replay.
func singleResult(v compute.Value, err error) ([]compute.Value, error) {
	return []compute.Value{v}, err
}

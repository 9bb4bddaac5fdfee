package engine_test

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/bfloat16"
	"github.com/gomlx/compute/dtypes/float16"
	"github.com/gomlx/compute/shapes"

	"github.com/kontrast-ml/kontrast/engine"
	"github.com/kontrast-ml/kontrast/engine/reference"
)

// everyType are the types of elements that an op is tried with.
var everyType = []dtypes.DType{
	dtypes.Bool, dtypes.Int8, dtypes.Int16, dtypes.Int32, dtypes.Int64, dtypes.Uint8, dtypes.Uint16,
	dtypes.Uint32, dtypes.Uint64,
	dtypes.Float16, dtypes.BFloat16, dtypes.Float32, dtypes.Float64, dtypes.Complex64, dtypes.Complex128,
}

// opCase is one way to use an op.
type opCase struct {
	inputs []shapes.Shape // InvalidDType stands for the type that is tried
	build  func(f compute.Function, in []compute.Value) ([]compute.Value, error)
}

// withType returns the inputs' shapes for a type.
func (c opCase) withType(dtype dtypes.DType) []shapes.Shape {
	list := slices.Clone(c.inputs)
	for i, s := range list {
		if s.DType == dtypes.InvalidDType {
			list[i] = shapes.Make(dtype, s.Dimensions...)
		}
	}
	return list
}

// of is a shape of the type that is tried.
func of(dims ...int) shapes.Shape { return shapes.Shape{Dimensions: dims} }

// TestCoverage has every op of compute.StandardOps and compute.FusedOps that GoMLX's Go backend can do, for every type
// that it can do it with, give the same on the engine.
func TestCoverage(t *testing.T) {
	b := newEngine(t, engine.Options{})
	capable := reference.Backend().Capabilities().Operations
	for _, ops := range []reflect.Type{reflect.TypeFor[compute.StandardOps](), reflect.TypeFor[compute.FusedOps]()} {
		for i := range ops.NumMethod() {
			name := ops.Method(i).Name
			t.Run(name, func(t *testing.T) {
				cases := casesOf(ops.Method(i))
				if len(cases) == 0 {
					t.Fatalf("no case for this op: add one to opCases")
				}
				op, err := compute.OpTypeString(name)
				if err != nil {
					t.Fatal(err)
				}
				var done []string
				for k, c := range cases {
					for _, dtype := range everyType {
						if compareOp(t, b, fmt.Sprintf("case %d, %s", k, dtype), c, dtype) {
							done = append(done, dtype.String())
						}
					}
				}
				if capable[op] && len(done) == 0 {
					t.Errorf("the Go backend has the op, but did none of the cases")
				}
				t.Logf("the same on both for %s", strings.Join(slices.Compact(slices.Sorted(slices.Values(done))), " "))
			})
		}
	}
}

// compareOp reports whether the Go backend did the op, and checks the engine's results if so.
func compareOp(t *testing.T, b compute.Backend, name string, c opCase, dtype dtypes.DType) bool {
	t.Helper()
	inputs := c.withType(dtype)
	want, err := executeOp(reference.Backend(), c, inputs)
	if err != nil {
		return false
	}
	got, err := executeOp(b, c, inputs)
	if err != nil {
		t.Errorf("%s: the Go backend does it, the engine: %v", name, err)
		return true
	}
	if len(got) != len(want) {
		t.Errorf("%s: %d results, the Go backend has %d", name, len(got), len(want))
		return true
	}
	for i := range want {
		if err := equalData(want[i], got[i]); err != nil {
			t.Errorf("%s, result %d: %v", name, i, err)
		}
	}
	return true
}

// executeOp returns the elements of the results. Panics become errors.
func executeOp(b compute.Backend, c opCase, inputs []shapes.Shape) (results []any, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	builder := b.Builder("op")
	f := builder.Main()
	in := make([]compute.Value, len(inputs))
	buffers := make([]compute.Buffer, len(inputs))
	for i, shape := range inputs {
		if in[i], err = f.Parameter(fmt.Sprint("x", i), shape, nil); err != nil {
			return nil, err
		}
		if buffers[i], err = b.BufferFromFlatData(0, exampleData(shape, i), shape); err != nil {
			return nil, err
		}
	}
	out, err := c.build(f, in)
	if err != nil {
		return nil, err
	}
	if err := f.Return(out, nil); err != nil {
		return nil, err
	}
	executable, err := builder.Compile()
	if err != nil {
		return nil, err
	}
	defer executable.Finalize()
	outputs, err := executable.Execute(buffers, nil, 0)
	if err != nil {
		return nil, err
	}
	for _, buffer := range outputs {
		shape, err := buffer.Shape()
		if err != nil {
			return nil, err
		}
		flat := dtypes.MakeAnySlice(shape.DType, shape.Size())
		if err := buffer.ToFlatData(flat); err != nil {
			return nil, err
		}
		results = append(results, flat)
	}
	return results, nil
}

// exampleData has small numbers of both signs for the first operand and positive ones, up to 4, for the others.
func exampleData(shape shapes.Shape, operand int) any {
	n := shape.Size()
	slice := reflect.MakeSlice(reflect.SliceOf(shape.DType.GoType()), n, n)
	for i := range n {
		x := float64((i*5+operand)%4 + 1)
		switch {
		case shape.DType == dtypes.Bool:
			x = float64((i + operand) % 2)
		case shape.DType.IsFloat():
			x = math.Sin(float64(i*7+operand*13+1)) * 1.5
			if operand > 0 {
				x = math.Abs(x) + 0.25
			}
		case operand == 0 && !shape.DType.IsUnsigned():
			x = float64((i*5)%9 - 4)
		}
		slice.Index(i).Set(reflect.ValueOf(shapes.CastAsDType(x, shape.DType)))
	}
	return slice.Interface()
}

// equalData compares elements: floating-point numbers up to the rounding of their type, others exactly.
func equalData(want, got any) error {
	if reflect.TypeOf(want) != reflect.TypeOf(got) || reflect.ValueOf(want).Len() != reflect.ValueOf(got).Len() {
		return fmt.Errorf("%T of %d elements, the Go backend has %T of %d",
			got, reflect.ValueOf(got).Len(), want, reflect.ValueOf(want).Len())
	}
	tolerance := map[reflect.Type]float64{
		reflect.TypeFor[[]float32](): 1e-5, reflect.TypeFor[[]float64](): 1e-13,
		reflect.TypeFor[[]float16.Float16](): 2e-3, reflect.TypeFor[[]bfloat16.BFloat16](): 1.6e-2,
	}[reflect.TypeOf(want)]
	for i := range reflect.ValueOf(want).Len() {
		w, g := reflect.ValueOf(want).Index(i).Interface(), reflect.ValueOf(got).Index(i).Interface()
		if w == g {
			continue
		}
		a, isFloat := asFloat(w)
		b, _ := asFloat(g)
		if isFloat && (math.IsNaN(a) && math.IsNaN(b) || math.Abs(a-b) <= tolerance*max(1, math.Abs(a))) {
			continue
		}
		return fmt.Errorf("element %d is %v, the Go backend has %v", i, g, w)
	}
	return nil
}

func asFloat(x any) (float64, bool) {
	switch x := x.(type) {
	case float32:
		return float64(x), true
	case float64:
		return x, true
	case float16.Float16:
		return x.Float64(), true
	case bfloat16.BFloat16:
		return x.Float64(), true
	}
	return 0, false
}

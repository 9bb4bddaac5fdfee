package engine_test

import (
	"fmt"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"github.com/kontrast-ml/kontrast/engine"
)

// TestLargeOperands has ops of other types than float32, which the engine splits into blocks and work items, give what
// they give on GoMLX's Go backend.
func TestLargeOperands(t *testing.T) {
	b := newEngine(t, engine.Options{Threads: 3})
	add := func(f fn, in values) (values, error) { return first(f.Add(in[0], in[1])) }
	cases := map[string]opCase{
		"operands alike": {[]shapes.Shape{of(130, 70), of(130, 70)}, add},
		"an operand twice": {
			[]shapes.Shape{of(130, 70)}, func(f fn, in values) (values, error) { return first(f.Mul(in[0], in[0])) },
		},
		"a view as well": {[]shapes.Shape{of(300, 70)}, addOfViews},
		"a number":       {[]shapes.Shape{of(130, 70), of()}, add},
		"a row":          {[]shapes.Shape{of(1, 70), of(130, 70)}, add},
		"a column":       {[]shapes.Shape{of(130, 70), of(130, 1)}, add},
		"a middle axis":  {[]shapes.Shape{of(13, 1, 70), of(13, 10, 70)}, add},
		"comparison": {[]shapes.Shape{of(130, 1), of(130, 70)}, func(f fn, in values) (values, error) {
			return first(f.LessThan(in[0], in[1]))
		}},
		"choice": {[]shapes.Shape{bools(130, 70), of(130, 70), of()},
			func(f fn, in values) (values, error) { return first(f.Where(in[0], in[1], in[2])) }},
		"limits": {[]shapes.Shape{of(), of(130, 70), of()}, func(f fn, in values) (values, error) {
			return first(f.Clamp(in[0], in[1], in[2]))
		}},
		"conversion": {[]shapes.Shape{of(300, 70)}, func(f fn, in values) (values, error) {
			return first(f.ConvertDType(in[0], dtypes.Float64))
		}},
		"remainder": {[]shapes.Shape{of(130, 70), of(130, 70)}, func(f fn, in values) (values, error) {
			return first(f.Rem(in[0], in[1]))
		}},
		"rows": {
			[]shapes.Shape{of(300, 70)}, func(f fn, in values) (values, error) { return first(f.ReduceMax(in[0], 1)) },
		},
		"columns": {
			[]shapes.Shape{of(300, 70)}, func(f fn, in values) (values, error) { return first(f.ReduceMin(in[0], 0)) },
		},
		"axes apart": {
			[]shapes.Shape{of(30, 70, 11, 2)}, func(f fn, in values) (values, error) { return first(f.ReduceMax(in[0], 0, 2)) },
		},
		"sum of axes apart": {[]shapes.Shape{of(70, 3, 30, 2, 5)}, func(f fn, in values) (values, error) {
			return first(f.ReduceSum(in[0], 1, 3))
		}},
		"first of the rows": {[]shapes.Shape{of(300, 70)}, func(f fn, in values) (values, error) {
			return first(f.ArgMinMax(in[0], 1, dtypes.Int64, true))
		}},
		"first of an axis": {[]shapes.Shape{of(60, 70, 5)}, func(f fn, in values) (values, error) {
			return first(f.ArgMinMax(in[0], 1, dtypes.Uint8, false))
		}},
		"product": dotCase(of(130, 70), of(70, 53), []int{1}, nil, []int{0}, nil, compute.DotGeneralConfig{}),
		"products of parts": dotCase(of(7, 3, 40, 5), of(5, 7, 6, 40), []int{2, 3}, []int{0}, []int{3, 0}, []int{1},
			compute.DotGeneralConfig{}),
		"transposed product": {[]shapes.Shape{of(90, 130), of(90, 53)}, transposedProduct},
		"rows added to rows": scatterCases(fn.ScatterSum)[0],
	}
	for name, c := range cases {
		for _, dtype := range []dtypes.DType{dtypes.Float64, dtypes.Int64, dtypes.Uint8, dtypes.Float32} {
			if !compareOp(t, b, fmt.Sprintf("%s of %s", name, dtype), c, dtype) {
				t.Errorf("%s of %s: the Go backend cannot do it", name, dtype)
			}
		}
	}
}

// addOfViews adds a value to its elements in another order, in the middle of a graph: the sum may not take the place of
// the value, which it still reads.
func addOfViews(f fn, in values) (values, error) {
	x, err := f.Reverse(in[0], 0)
	if err != nil {
		return nil, err
	}
	y, err := f.Reshape(x, 70, 300)
	if err != nil {
		return nil, err
	}
	if y, err = f.Transpose(y, 1, 0); err != nil {
		return nil, err
	}
	sum, err := f.Add(x, y)
	if err != nil {
		return nil, err
	}
	return first(f.Reverse(sum, 0))
}

// transposedProduct is (aᵀ·b)ᵀ of operands that are no parameters.
func transposedProduct(f fn, in values) (values, error) {
	var operands values
	for _, v := range in {
		same, err := f.Max(v, v)
		if err != nil {
			return nil, err
		}
		operands = append(operands, same)
	}
	product, err := f.DotGeneral(operands[0], []int{0}, nil, operands[1], []int{0}, nil, compute.DotGeneralConfig{})
	if err != nil {
		return nil, err
	}
	return first(f.Transpose(product, 1, 0))
}

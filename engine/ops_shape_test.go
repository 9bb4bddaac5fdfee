package engine_test

import (
	"reflect"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/compute/support/testutil"

	"github.com/kontrast-ml/kontrast/engine"
)

// A broadcast may bring the axes of its operand into another order. GoMLX's Go backend leaves them in theirs.
func TestBroadcastInAnotherOrder(t *testing.T) {
	b := newEngine(t, engine.Options{})
	operand := [][]int32{{1, 2}, {3, 4}}
	for name, c := range map[string]struct {
		dims, axes []int
		want       any
	}{
		"the same shape": {[]int{2, 2}, []int{1, 0}, [][]int32{{1, 3}, {2, 4}}},
		"a longer axis":  {[]int{3, 2, 2}, []int{2, 1}, [][][]int32{{{1, 3}, {2, 4}}, {{1, 3}, {2, 4}}, {{1, 3}, {2, 4}}}},
	} {
		shape := shapes.Make(dtypes.Int32, c.dims...)
		got, err := testutil.Exec1(b, []any{operand}, func(f fn, in values) (compute.Value, error) {
			return f.BroadcastInDim(in[0], shape, c.axes)
		})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
		// Of constants, which are computed when the graph is compiled.
		got, err = testutil.Exec1(b, nil, func(f fn, _ values) (compute.Value, error) {
			x, err := f.Constant([]int32{1, 2, 3, 4}, 2, 2)
			if err != nil {
				return nil, err
			}
			return f.BroadcastInDim(x, shape, c.axes)
		})
		if err != nil {
			t.Errorf("%s of a constant: %v", name, err)
		} else if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s of a constant: %v, want %v", name, got, c.want)
		}
	}
}

// Negative padding cuts off elements, all of them in the end. GoMLX's Go backend lets some stay, and panics.
func TestPadCutsOff(t *testing.T) {
	b := newEngine(t, engine.Options{})
	for _, c := range []struct {
		axes []compute.PadAxis
		want [][]int32
	}{
		{[]compute.PadAxis{{Start: 1}, {Start: -1, End: -1}}, [][]int32{{9}, {2}, {5}}},
		{[]compute.PadAxis{{}, {Start: -1, End: 1, Interior: 1}}, [][]int32{{9, 2, 9, 3, 9}, {9, 5, 9, 6, 9}}},
		{[]compute.PadAxis{{}, {Start: -4, End: 3}}, [][]int32{{9, 9}, {9, 9}}},
		{[]compute.PadAxis{{Start: 1, End: -2}, {End: -1}}, [][]int32{{9, 9}}},
	} {
		got, err := testutil.Exec1(b, []any{[][]int32{{1, 2, 3}, {4, 5, 6}}, int32(9)},
			func(f fn, in values) (compute.Value, error) {
				return f.Pad(in[0], in[1], c.axes...)
			})
		if err != nil {
			t.Errorf("%v: %v", c.axes, err)
		} else if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%v: %v, want %v", c.axes, got, c.want)
		}
	}
}

package engine_test

import (
	"fmt"
	"math"
	"reflect"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/bfloat16"
	"github.com/gomlx/compute/shapes"

	"github.com/kontrast-ml/kontrast/engine"
	"github.com/kontrast-ml/kontrast/engine/internal/kerneltest"
	"github.com/kontrast-ml/kontrast/engine/reference"
)

// productCase is a DotGeneral: its operands, the axes and how many products an element sums.
type productCase struct {
	lhs, rhs                 shapes.Shape
	lhsContracting, lhsBatch []int
	rhsContracting, rhsBatch []int
	k                        int
}

var productCases = []productCase{
	{of(7, 9), of(9, 5), []int{1}, nil, []int{0}, nil, 9},
	{of(64, 130), of(130, 96), []int{1}, nil, []int{0}, nil, 130},
	{of(33, 40), of(33, 50), []int{0}, nil, []int{0}, nil, 33},
	{of(20, 31), of(18, 31), []int{1}, nil, []int{1}, nil, 31},
	{of(5, 6, 1), of(1, 7), []int{2}, nil, []int{0}, nil, 1},
	{of(3, 4), of(4), []int{1}, nil, []int{0}, nil, 4},
	{of(3, 10, 7), of(3, 7, 12), []int{2}, []int{0}, []int{1}, []int{0}, 7},
	{of(2, 17, 4, 16), of(2, 19, 4, 16), []int{3}, []int{0, 2}, []int{3}, []int{0, 2}, 16}, // scores of attention
	{of(6, 5, 4), of(4, 3, 6), []int{2, 0}, nil, []int{0, 2}, nil, 24},                     // scattered axes
	{of(4, 5), of(6), nil, nil, nil, nil, 1},
}

// op is the product, of operands that change may change.
func (p productCase) op(
	config compute.DotGeneralConfig, change func(f compute.Function, x compute.Value) (compute.Value, error),
) opCase {
	return opCase{[]shapes.Shape{p.lhs, p.rhs}, func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
		var operands [2]compute.Value
		for i := range operands {
			var err error
			if operands[i], err = change(f, in[i]); err != nil {
				return nil, err
			}
		}
		y, err := f.DotGeneral(operands[0], p.lhsContracting, p.lhsBatch, operands[1], p.rhsContracting, p.rhsBatch, config)
		return []compute.Value{y}, err
	}}
}

func unchanged(_ compute.Function, x compute.Value) (compute.Value, error) { return x, nil }

// rounded rounds float32 to bfloat16.
func rounded(f compute.Function, x compute.Value) (compute.Value, error) {
	y, err := f.ConvertDType(x, dtypes.BFloat16)
	if err != nil {
		return nil, err
	}
	return f.ConvertDType(y, dtypes.Float32)
}

func roundedMagnitude(f compute.Function, x compute.Value) (compute.Value, error) {
	y, err := rounded(f, x)
	if err != nil {
		return nil, err
	}
	return f.Abs(y)
}

// result runs an op with one result.
func result(t *testing.T, b compute.Backend, c opCase, dtype dtypes.DType) reflect.Value {
	t.Helper()
	out, err := executeOp(b, c, c.withType(dtype))
	if err != nil {
		t.Fatal(err)
	}
	return reflect.ValueOf(out[0])
}

// closeTo fails the test where got and want, sums of k products each, differ by more than the rounding of both sums in
// float32, sizes being the sums of the magnitudes of their products, and by unit of want.
func closeTo(t *testing.T, got, want, sizes reflect.Value, k int, unit float64) {
	t.Helper()
	if got.Type() != want.Type() || got.Len() != want.Len() {
		t.Fatalf("%v of %d elements, want %v of %d", got.Type(), got.Len(), want.Type(), want.Len())
	}
	for i := range want.Len() {
		g, _ := asFloat(got.Index(i).Interface())
		w, _ := asFloat(want.Index(i).Interface())
		size, _ := asFloat(sizes.Index(i).Interface())
		if bound := 2*float64(k+2)*0x1p-24*size + unit*math.Abs(w); !(math.Abs(g-w) <= bound) {
			t.Fatalf("element %d is %v, want %v within %g", i, g, w, bound)
		}
	}
}

// Products of bfloat16 are those of the Go backend up to the rounding of float32 sums and, if the result is bfloat16,
// up to half a unit in the last place on either side.
func TestBFloat16Products(t *testing.T) {
	kerneltest.EachTier(t, func(t *testing.T) {
		b := newEngine(t, engine.Options{Threads: 2})
		for i, p := range productCases {
			for _, config := range []compute.DotGeneralConfig{
				{}, {AccumulatorDType: dtypes.Float32}, {AccumulatorDType: dtypes.BFloat16}, {OutputDType: dtypes.Float32},
				{AccumulatorDType: dtypes.Float32, OutputDType: dtypes.BFloat16},
			} {
				t.Run(fmt.Sprint(i, config), func(t *testing.T) {
					op := p.op(config, unchanged)
					got, want := result(t, b, op, dtypes.BFloat16), result(t, reference.Backend(), op, dtypes.BFloat16)
					unit := 0.0
					if want.Type() == reflect.TypeFor[[]bfloat16.BFloat16]() {
						unit = 0x1p-7
					}
					sizes := result(t, reference.Backend(), p.op(compute.DotGeneralConfig{}, roundedMagnitude), dtypes.Float32)
					closeTo(t, got, want, sizes, p.k, unit)
				})
			}
		}
	})
}

// The option multiplies rounded float32: in every tier, with any number of threads.
func TestBFloat16Option(t *testing.T) {
	kerneltest.EachTier(t, func(t *testing.T) {
		plain := newEngine(t, engine.Options{Threads: 2})
		var engines []*engine.Backend
		for _, threads := range []int{1, 2, 3} {
			engines = append(engines, newEngine(t, engine.Options{Threads: threads, BFloat16: true}))
		}
		for i, p := range productCases {
			op := p.op(compute.DotGeneralConfig{}, unchanged)
			want := result(t, plain, p.op(compute.DotGeneralConfig{}, rounded), dtypes.Float32)
			sizes := result(t, plain, p.op(compute.DotGeneralConfig{}, roundedMagnitude), dtypes.Float32)
			first := result(t, engines[0], op, dtypes.Float32)
			closeTo(t, first, want, sizes, p.k, 0)
			if reflect.DeepEqual(first.Interface(), result(t, plain, op, dtypes.Float32).Interface()) {
				t.Errorf("case %d: the option changes nothing", i)
			}
			for _, b := range engines[1:] {
				if !reflect.DeepEqual(result(t, b, op, dtypes.Float32).Interface(), first.Interface()) {
					t.Errorf("case %d: results depend on the number of threads", i)
				}
			}
		}
	})
}

// convolutionCases are convolutions of [N,H,W,C], with the number of products of an element.
var convolutionCases = []struct {
	input, kernel []int
	strides       []int
	paddings      [][2]int
	groups, k     int
}{
	{[]int{2, 9, 9, 16}, []int{3, 3, 16, 32}, []int{1, 1}, [][2]int{{1, 1}, {1, 1}}, 1, 144},
	{[]int{2, 9, 8, 5}, []int{3, 2, 5, 7}, []int{2, 1}, [][2]int{{0, 1}, {2, 0}}, 1, 30},
	{[]int{1, 12, 12, 3}, []int{7, 7, 3, 8}, []int{2, 2}, [][2]int{{3, 3}, {3, 3}}, 1, 147},
	{[]int{2, 6, 6, 9}, []int{3, 3, 3, 6}, []int{1, 1}, [][2]int{{1, 1}, {1, 1}}, 3, 27},
	{[]int{2, 6, 6, 6}, []int{3, 3, 1, 6}, []int{1, 1}, [][2]int{{1, 1}, {1, 1}}, 6, 9},
	{[]int{3, 5, 5, 40}, []int{1, 1, 40, 24}, []int{1, 1}, nil, 1, 40},
	{[]int{2, 11, 6}, []int{4, 6, 10}, []int{1}, [][2]int{{2, 1}}, 1, 24},
}

// Convolutions multiply rounded operands too; and those of bfloat16 are the Go backend's.
func TestBFloat16Convolutions(t *testing.T) {
	kerneltest.EachTier(t, func(t *testing.T) {
		plain, option := newEngine(t, engine.Options{Threads: 2, Exact: true}),
			newEngine(t, engine.Options{Threads: 2, BFloat16: true})
		for i, c := range convolutionCases {
			op := func(change func(f compute.Function, x compute.Value) (compute.Value, error)) opCase {
				return opCase{[]shapes.Shape{of(c.input...), of(c.kernel...)},
					func(f compute.Function, in []compute.Value) ([]compute.Value, error) {
						x, err := change(f, in[0])
						if err != nil {
							return nil, err
						}
						w, err := change(f, in[1])
						if err != nil {
							return nil, err
						}
						y, err := f.ConvGeneral(x, w, channelsLastAxes(len(c.strides)), c.strides, c.paddings, nil, nil, c.groups, 1)
						return []compute.Value{y}, err
					}}
			}
			sizes := result(t, plain, op(roundedMagnitude), dtypes.Float32)
			closeTo(t, result(t, plain, op(unchanged), dtypes.BFloat16),
				result(t, reference.Backend(), op(unchanged), dtypes.BFloat16), sizes, c.k, 0x1p-7)
			got, want := result(t, option, op(unchanged), dtypes.Float32), result(t, plain, op(rounded), dtypes.Float32)
			closeTo(t, got, want, sizes, c.k, 0)
			if reflect.DeepEqual(got.Interface(), result(t, plain, op(unchanged), dtypes.Float32).Interface()) {
				t.Errorf("case %d: the option changes nothing", i)
			}
		}
	})
}

func channelsLastAxes(rank int) compute.ConvolveAxesConfig {
	axes := compute.ConvolveAxesConfig{
		InputChannels: rank + 1, OutputChannels: rank + 1, KernelInputChannels: rank, KernelOutputChannels: rank + 1,
	}
	for i := range rank {
		axes.InputSpatial, axes.OutputSpatial = append(axes.InputSpatial, i+1), append(axes.OutputSpatial, i+1)
		axes.KernelSpatial = append(axes.KernelSpatial, i)
	}
	return axes
}

package engine_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"pgregory.net/rapid"

	"github.com/kontrast-ml/kontrast/engine"
	"github.com/kontrast-ml/kontrast/engine/reference"
)

// opProgram is a random computation of ops of compute.Function on whole numbers, for which the order of sums does not
// matter: most results must be equal, and so may be compared, converted and used as indices.
type opProgram struct {
	params  []shapes.Shape
	values  []known // of the parameters, then of the ops
	ops     []func(f fn, in values) (compute.Value, error)
	names   []string
	outputs []int
}

// known is what is known of a value: that no element is larger, and how much the rounding of an element may differ.
// Where it may not differ at all the elements are whole numbers.
type known struct {
	shape     shapes.Shape
	most, err float64
}

func (k known) exact() bool { return k.err == 0 }

// largest gives the whole numbers up to which a type has them all, and more than that to spare.
var largest = map[dtypes.DType]float64{
	dtypes.Bool: 1, dtypes.Int8: 127, dtypes.Int32: 1 << 30, dtypes.Int64: 1 << 50, dtypes.Float32: 1 << 23,
	dtypes.Float64: 1 << 50, dtypes.BFloat16: 256,
}

// add adds an op unless its results could be too large or too far from exact ones.
func (p *opProgram) add(name string, k known, op func(f fn, in values) (compute.Value, error)) {
	if k.most > largest[k.shape.DType] || k.err > 0.01*max(1, k.most) || k.shape.Size() > 200_000 || k.shape.Size() == 0 {
		return
	}
	p.values, p.ops, p.names = append(p.values, k), append(p.ops, op),
		append(p.names, fmt.Sprintf("%d=%s", len(p.values), name))
}

func drawOpProgram(t *rapid.T) *opProgram {
	p := &opProgram{}
	dims := rapid.SliceOfN(rapid.SampledFrom([]int{1, 2, 3, 4, 7, 16, 33}), 1, 4).Draw(t, "dims")
	most := 14
	if rapid.IntRange(0, 3).Draw(t, "large") == 3 {
		dims, most = enlarged(t, dims), 7
	}
	for range rapid.IntRange(1, 3).Draw(t, "parameters") {
		shape := shapes.Make(rapid.SampledFrom([]dtypes.DType{
			dtypes.Float32, dtypes.Float32, dtypes.Float32, dtypes.Float32, dtypes.Float64, dtypes.Int32,
			dtypes.Int8, dtypes.Bool,
		}).Draw(t, "type"), dims...)
		p.params = append(p.params, shape)
		p.values = append(p.values, known{shape: shape, most: min(3, largest[shape.DType])})
	}
	for range rapid.IntRange(1, most).Draw(t, "ops") {
		rapid.SampledFrom(opSteps).Draw(t, "op")(t, p)
	}
	p.outputs = rapid.SliceOfN(rapid.IntRange(0, len(p.values)-1), 0, 5).Draw(t, "outputs")
	p.outputs = append(p.outputs, len(p.values)-1)
	return p
}

// pick draws one of the values that fit, the later ones rather than the first.
func (p *opProgram) pick(t *rapid.T, fits func(k known) bool) (int, known, bool) {
	var list []int
	for i, k := range p.values {
		if fits(k) {
			list = append(list, i)
		}
	}
	if len(list) == 0 {
		return 0, known{}, false
	}
	slices.Reverse(list)
	i := rapid.SampledFrom(list).Draw(t, "operand")
	return i, p.values[i], true
}

func (p *opProgram) compile(b compute.Backend) (compute.Executable, error) {
	builder := b.Builder("fuzz")
	f := builder.Main()
	var all values
	for i, shape := range p.params {
		v, err := f.Parameter(fmt.Sprint("x", i), shape, nil)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	for i, op := range p.ops {
		v, err := op(f, all)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.names[i], err)
		}
		shape, err := f.Shape(v)
		if want := p.values[len(all)].shape; err != nil || !shape.Equal(want) {
			return nil, fmt.Errorf("%s has shape %s, expected %s (%v)", p.names[i], shape, want, err)
		}
		all = append(all, v)
	}
	var results values
	for _, i := range p.outputs {
		results = append(results, all[i])
	}
	if err := f.Return(results, nil); err != nil {
		return nil, err
	}
	return builder.Compile()
}

// TestOpsAgainstReference compares random computations with GoMLX's Go backend: executed several times, with arguments
// that stay and with others, with donated ones, and concurrently.
func TestOpsAgainstReference(t *testing.T) {
	var engines []*engine.Backend
	for _, options := range []engine.Options{{Threads: 1}, {Threads: 2}, {Threads: 3}, {Threads: 2, BFloat16: true}} {
		engines = append(engines, newEngine(t, options))
	}
	rapid.Check(t, func(t *rapid.T) {
		p := drawOpProgram(t)
		backend := rapid.SampledFrom(engines).Draw(t, "engine")
		donate := make([]bool, len(p.params))
		for i := range donate {
			donate[i] = rapid.Bool().Draw(t, "donate")
		}
		concurrent := rapid.IntRange(0, 5).Draw(t, "concurrent") == 5
		flat, want := [2][]any{p.arguments(0), p.arguments(1)}, [2][]any{}
		theirs, err := p.compile(reference.Backend())
		if err != nil {
			t.Skip(err)
		}
		defer theirs.Finalize()
		for seed := range want {
			if want[seed], err = newExecution(reference.Backend(), p, flat[seed], nil).run(theirs); err != nil {
				t.Skip(err)
			}
		}
		ours, err := p.compile(backend)
		if err != nil {
			t.Fatalf("%v: %v", p, err)
		}
		defer ours.Finalize()
		check := func(e *execution, seed int) error {
			got, err := e.run(ours)
			if err != nil {
				return err
			}
			return p.compare(want[seed], got)
		}
		first, other := newExecution(backend, p, flat[0], donate), newExecution(backend, p, flat[1], nil)
		overwritten := &execution{backend, p, flat[1], donate, true, first.buffers}
		restored := &execution{backend, p, flat[0], donate, true, first.buffers}
		for i, err := range []error{
			check(first, 0), check(first, 0), check(other, 1), check(other, 1),
			check(overwritten, 1), check(overwritten, 1), check(overwritten, 1), check(restored, 0),
		} {
			if err != nil {
				t.Fatalf("%v, donated %v, execution %d: %v", p, donate, i, err)
			}
		}
		if !concurrent {
			return
		}
		var group sync.WaitGroup
		errs := make([]error, 4)
		for i := range errs {
			group.Go(func() { errs[i] = check(newExecution(backend, p, flat[i%2], nil), i%2) })
		}
		group.Wait()
		for _, err := range errs {
			if err != nil {
				t.Fatalf("%v, concurrently: %v", p, err)
			}
		}
	})
}

// String lists parameters and ops.
func (p *opProgram) String() string { return fmt.Sprint(p.params, " ", p.names, " → ", p.outputs) }

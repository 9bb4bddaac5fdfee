package engine

import (
	"github.com/gomlx/compute"
	"github.com/pkg/errors"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

// Call runs a named function: its ops are inserted here.
func (f *Function) Call(callee compute.Function, inputs ...compute.Value) ([]compute.Value, error) {
	target, ok := callee.(*Function)
	switch {
	case !ok || target.builder != f.builder:
		return nil, errors.Errorf("Call: the function (%T) is not one of computation %q", callee, f.builder.name)
	case !target.returned:
		return nil, errors.Errorf("Call: function %q has no Return", target.name)
	case len(inputs) != len(target.graph.Params):
		return nil, errors.Errorf("Call: function %q takes %d inputs, not %d",
			target.name, len(target.graph.Params), len(inputs))
	}
	for i, v := range inputs {
		shape, err := f.Shape(v)
		if err != nil {
			return nil, err
		}
		if want := target.graph.Params[i].Shape; !accepts(want, shape) {
			return nil, errors.Errorf("Call: input %d of function %q has shape %s, expected %s", i, target.name, shape, want)
		}
	}
	captures := make([]compute.Value, len(target.outer))
	for i, v := range target.outer {
		captures[i] = v
	}
	return target.graph.ReplayInto(f, inputs, captures)
}

// Sort sorts tensors by a comparator.
func (f *Function) Sort(
	comparator compute.Function, axis int, stable bool, inputs ...compute.Value,
) ([]compute.Value, error) {
	return f.withClosures(compute.OpTypeSort, inputs, func(
		f compute.Function, in []compute.Value, closures []compute.Function,
	) ([]compute.Value, error) {
		return f.Sort(closures[0], axis, stable, in...)
	}, comparator)
}

// While repeats body while cond holds.
func (f *Function) While(cond, body compute.Function, state ...compute.Value) ([]compute.Value, error) {
	return f.withClosures(compute.OpTypeWhile, state, func(
		f compute.Function, in []compute.Value, closures []compute.Function,
	) ([]compute.Value, error) {
		return f.While(closures[0], closures[1], in...)
	}, cond, body)
}

// If runs one of two branches.
func (f *Function) If(pred compute.Value, whenTrue, whenFalse compute.Function) ([]compute.Value, error) {
	return f.withClosures(compute.OpTypeIf, []compute.Value{pred}, func(
		f compute.Function, in []compute.Value, closures []compute.Function,
	) ([]compute.Value, error) {
		return f.If(in[0], closures[0], closures[1])
	}, whenTrue, whenFalse)
}

// withClosures records an op that runs closures. Its inputs are the given ones, followed by what each closure captures.
func (f *Function) withClosures(op compute.OpType, inputs []compute.Value,
	declare func(f compute.Function, in []compute.Value, closures []compute.Function) ([]compute.Value, error),
	closures ...compute.Function) ([]compute.Value, error) {
	operands := append([]compute.Value(nil), inputs...)
	graphs := make([]*ir.Graph, len(closures))
	declared := make([]compute.Function, len(closures))
	for i, closure := range closures {
		c, ok := closure.(*Function)
		switch {
		case !ok || c.parent != f:
			return nil, errors.Errorf("%s: argument %d (%T) is not a closure of the function that runs it", op, i, closure)
		case !c.returned:
			return nil, errors.Errorf("%s: closure %d has no Return", op, i)
		}
		graphs[i] = c.graph
		declared[i] = c.reference
		for _, v := range c.outer {
			operands = append(operands, v)
		}
	}
	replay := func(target compute.Function, in []compute.Value) ([]compute.Value, error) {
		if target == f.reference { // the closures are there already
			return declare(target, in[:len(inputs)], declared)
		}
		rebuilt := make([]compute.Function, len(graphs))
		captures := in[len(inputs):]
		for i, g := range graphs {
			closure, err := g.Closure(target, captures[:len(g.Captures)])
			if err != nil {
				return nil, err
			}
			rebuilt[i], captures = closure, captures[len(g.Captures):]
		}
		return declare(target, in[:len(inputs)], rebuilt)
	}
	outputs, err := f.record(ir.Op(op), nil, replay, operands...)
	if err != nil {
		return nil, err
	}
	outputs[0].Producer.Closures = graphs
	return publish(outputs), nil
}

func publish(values []*value) []compute.Value {
	vs := make([]compute.Value, len(values))
	for i, v := range values {
		vs[i] = v
	}
	return vs
}

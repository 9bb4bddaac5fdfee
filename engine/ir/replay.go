package ir

import (
	"fmt"

	"github.com/gomlx/compute"
)

// ReplayInto declares the nodes of g on f and returns f's values for g's outputs. The arguments stand for
// g's parameters and captures.
func (g *Graph) ReplayInto(f compute.Function, params, captures []compute.Value) ([]compute.Value, error) {
	if len(params) != len(g.Params) || len(captures) != len(g.Captures) {
		return nil, fmt.Errorf("function %q takes %d parameters and %d captured values, not %d and %d",
			g.Name, len(g.Params), len(g.Captures), len(params), len(captures))
	}
	values := make(map[*Value]compute.Value, len(g.Nodes))
	for i, v := range g.Params {
		values[v] = params[i]
	}
	for i, v := range g.Captures {
		values[v] = captures[i]
	}
	for _, n := range g.Nodes {
		if _, bound := values[n.Outputs[0]]; bound {
			continue
		}
		if n.Replay == nil {
			return nil, fmt.Errorf("op %s cannot be declared on another backend", n.Op)
		}
		inputs := make([]compute.Value, len(n.Inputs))
		for i, v := range n.Inputs {
			inputs[i] = values[v]
		}
		outputs, err := n.Replay(f, inputs)
		if err != nil {
			return nil, err
		}
		for i, v := range n.Outputs {
			values[v] = outputs[i]
		}
	}
	outputs := make([]compute.Value, len(g.Outputs))
	for i, v := range g.Outputs {
		outputs[i] = values[v]
	}
	return outputs, nil
}

// Closure declares g as a closure of f that takes its captures from the given values of f.
func (g *Graph) Closure(f compute.Function, captures []compute.Value) (compute.Function, error) {
	closure, err := f.Closure()
	if err != nil {
		return nil, err
	}
	params := make([]compute.Value, len(g.Params))
	for i, v := range g.Params {
		if params[i], err = closure.Parameter(fmt.Sprintf("p%d", i), v.Shape, nil); err != nil {
			return nil, err
		}
	}
	outputs, err := g.ReplayInto(closure, params, captures)
	if err != nil {
		return nil, err
	}
	return closure, closure.Return(outputs, nil)
}

package main

import (
	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework"
)

// onlyPasses is a method that makes its passes, through backbones, heads and
// decoders, forward and backward, and nothing else: its loss is the mean square
// of what comes out of them.
type onlyPasses struct{ framework.Method }

func (onlyPasses) Negatives(*framework.Step, []framework.Pair) *framework.Negatives { return nil }

func (onlyPasses) Loss(s *framework.Step, pairs []framework.Pair, _ *framework.Negatives) *graph.Node {
	total, seen := s.Constant(0), map[*graph.Node]bool{}
	for _, pair := range pairs {
		for _, embedding := range []*graph.Node{pair.Anchor, pair.Positive} {
			if !seen[embedding] {
				total = graph.Add(total, graph.ReduceAllMean(graph.Square(embedding)))
			}
			seen[embedding] = true
		}
	}
	return total
}

func (onlyPasses) Update(*framework.Step, []framework.Pair) {}

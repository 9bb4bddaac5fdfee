package framework

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
)

// Interleave reorders a batch [N, …] so that each of its n consecutive parts
// has samples of all n parts of the original order, and returns the function
// that puts embeddings [N, D] back in order. N must be a multiple of n, at least 1.
//
// With batch statistics over each part alone it does on one device what
// shuffling BN does on n: the key of a sample is normalized together with
// other samples than its query, so that the statistics do not give the
// positive away (He et al. 2020, arXiv:1911.05722, §3.3). The order within a
// batch is random, so a fixed permutation serves as well as a random one.
func Interleave(batch *graph.Node, n int) (shuffled *graph.Node, restore func(*graph.Node) *graph.Node) {
	size := batch.Shape().Dimensions[0]
	checkParts(size, n)
	if n == 1 {
		return batch, func(x *graph.Node) *graph.Node { return x }
	}
	return swap(batch, n, size/n), func(x *graph.Node) *graph.Node { return swap(x, size/n, n) }
}

// checkParts panics unless a batch of that size falls into n equal parts.
func checkParts(size, n int) {
	if n < 1 {
		panic(fmt.Errorf("a batch can't be split into %d parts; it takes at least 1", n))
	}
	if size%n != 0 {
		panic(
			fmt.Errorf("a batch of %d samples can't be split into %d equal parts; choose a batch size that is a multiple of %d",
				size, n, n),
		)
	}
}

// swap reads the first axis as [rows, columns] and transposes it.
func swap(x *graph.Node, rows, columns int) *graph.Node {
	dims := x.Shape().Dimensions
	grid := graph.Reshape(x, append([]int{rows, columns}, dims[1:]...)...)
	axes := make([]int, grid.Rank())
	for i := range axes {
		axes[i] = i
	}
	axes[0], axes[1] = 1, 0
	return graph.Reshape(graph.TransposeAllAxes(grid, axes...), dims...)
}

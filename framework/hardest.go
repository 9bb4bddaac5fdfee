package framework

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
)

// Hardest are the columns with the n largest values of each row of similarities
// [N, K], in the order of the columns: [N, n] int32. Of equal values the first
// columns are taken. Similarities are in [-1, 1]; those that differ by less than a
// float32 of that size can hold count as equal. No gradient flows.
func Hardest(similarities *graph.Node, n int) *graph.Node {
	d := similarities.Shape().Dimensions
	if n < 1 || n > d[1] {
		panic(fmt.Errorf("the %d hardest of %d negatives: there must be 1 at least, and no more than there are", n, d[1]))
	}
	x := graph.StopGradient(similarities)
	// Bisection leaves the largest threshold that n values reach.
	const steps = 25
	low := graph.Zeros(x.Graph(), shapes.Make(x.DType(), d[0], 1))
	low = graph.AddScalar(low, -1.0001)
	size := 2.0002
	for range steps {
		size /= 2
		middle := graph.AddScalar(low, size)
		reached := graph.ReduceAndKeep(atLeast(x, middle), graph.ReduceSum, 1)
		low = graph.Where(graph.GreaterOrEqual(reached, graph.ConstAs(reached, n)), middle, low)
	}
	member := atLeast(x, low)
	place := graph.AddScalar(runningSum(member), -1)
	takes := graph.LogicalAnd(graph.IsPositive(member), graph.LessThan(place, graph.ConstAs(place, n)))

	row := graph.Iota(x.Graph(), shapes.Make(dtypes.Int32, d...), 0)
	column := graph.Iota(x.Graph(), shapes.Make(dtypes.Int32, d...), 1)
	to := graph.Add(graph.MulScalar(row, n), graph.ConvertDType(place, dtypes.Int32))
	to = graph.Where(takes, to, graph.ConstAs(to, d[0]*n)) // one place more, for the others
	values := graph.Where(takes, column, graph.ZerosLike(column))
	all := graph.ScatterSum(graph.Zeros(x.Graph(), shapes.Make(dtypes.Int32, d[0]*n+1)),
		graph.Reshape(to, -1, 1), graph.Reshape(values, -1), false, false)
	return graph.Reshape(graph.Slice(all, graph.AxisRangeFromStart(d[0]*n)), d[0], n)
}

// atLeast is 1 where x [N, K] is not below the row's threshold [N, 1], else 0.
func atLeast(x, threshold *graph.Node) *graph.Node {
	wide := graph.BroadcastToDims(threshold, x.Shape().Dimensions...)
	return graph.ConvertDType(graph.GreaterOrEqual(x, wide), x.DType())
}

// runningSum adds up each row of x [N, K] from its start, whole numbers up to 2²⁴.
func runningSum(x *graph.Node) *graph.Node {
	n, k := x.Shape().Dim(0), x.Shape().Dim(1)
	const part = 64
	parts := (k + part - 1) / part
	if parts*part > k {
		x = graph.Concatenate([]*graph.Node{x, graph.Zeros(x.Graph(), shapes.Make(x.DType(), n, parts*part-k))}, 1)
	}
	within := graph.DotProduct(graph.Reshape(x, n*parts, part), triangle(x, part, true))
	within = graph.Reshape(within, n, parts, part)
	totals := graph.Squeeze(graph.Slice(within, graph.AxisRange(), graph.AxisRange(), graph.AxisElem(part-1)), 2)
	before := graph.DotProduct(totals, triangle(x, parts, false))
	sums := graph.Reshape(graph.Add(within, graph.ExpandAxes(before, 2)), n, parts*part)
	return graph.SliceAxis(sums, 1, graph.AxisRangeFromStart(k))
}

// triangle is 1 where the row comes before the column, or is it if own is set: [n, n].
func triangle(like *graph.Node, n int, own bool) *graph.Node {
	square := shapes.Make(dtypes.Int32, n, n)
	row, column := graph.Iota(like.Graph(), square, 0), graph.Iota(like.Graph(), square, 1)
	in := graph.LessThan(row, column)
	if own {
		in = graph.LessOrEqual(row, column)
	}
	return graph.ConvertDType(in, like.DType())
}

package framework

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework/nn"
)

// SphericalKMeans clusters unit vectors x [M, D] around unit vectors, from the
// given ones, [K, D], on: in every iteration each goes to the centroid with the
// largest inner product, and each centroid to the direction of the mean of what it
// has got; one that gets nothing stays. It returns the centroids [K, D] and the
// cluster of each of x, [M] int32. No gradient flows.
func SphericalKMeans(x, centroids *graph.Node, iterations int) (*graph.Node, *graph.Node) {
	x, centroids = graph.StopGradient(x), graph.StopGradient(centroids)
	nearest := func() *graph.Node {
		return graph.ArgMax(graph.EinsumAxes(x, centroids, [][2]int{{1, 1}}, nil), 1, dtypes.Int32)
	}
	for range iterations {
		to := graph.ExpandAxes(nearest(), 1)
		sums := graph.ScatterSum(graph.ZerosLike(centroids), to, x, false, false)
		ones := graph.Ones(x.Graph(), shapes.Make(x.DType(), x.Shape().Dim(0)))
		counts := graph.ScatterSum(
			graph.Zeros(x.Graph(), shapes.Make(x.DType(), centroids.Shape().Dim(0))), to, ones, false, false,
		)
		counts = graph.BroadcastToDims(graph.ExpandAxes(counts, 1), centroids.Shape().Dimensions...)
		moved := graph.Div(sums, graph.MaxScalar(counts, 1))
		centroids = nn.L2Normalize(graph.Where(graph.IsPositive(counts), moved, centroids))
	}
	return centroids, nearest()
}

// EveryNth takes count rows of x [M, D] that are evenly apart, from a drawn one on:
// [count, D]. It panics if there are fewer rows.
func (s *Step) EveryNth(x *graph.Node, count int) *graph.Node {
	rows := x.Shape().Dim(0)
	if count > rows {
		panic(
			fmt.Errorf(
				"%d clusters of %d samples: there must be at least one sample for each; choose fewer clusters", count, rows,
			),
		)
	}
	start := graph.ConvertDType(graph.Floor(graph.MulScalar(s.Uniform(), float64(rows))), dtypes.Int32)
	at := graph.MulScalar(graph.Iota(s.Graph, shapes.Make(dtypes.Int32, count), 0), rows/count)
	at = graph.Mod(graph.Add(at, start), graph.Scalar(s.Graph, dtypes.Int32, rows))
	return graph.Gather(x, graph.ExpandAxes(at, -1))
}

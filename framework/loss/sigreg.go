package loss

import (
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
)

// SIGReg is sketched isotropic Gaussian regularization (Balestriero and LeCun
// 2025, arXiv:2511.08544, §4): how far the embeddings, seen along each of the
// directions, are from a standard normal distribution. It is the Epps-Pulley
// statistic, the weighted squared distance of their characteristic function
// from the normal one, by the trapezoidal rule over that many knots from 0 to
// the end, at least 2 and above 0; averaged over the directions.
//
// Embeddings are [N, D], directions [D, S]; they are scaled to length 1.
func SIGReg(z, directions *graph.Node, knots int, end float64) *graph.Node {
	length := graph.Sqrt(graph.ReduceAndKeep(graph.Square(directions), graph.ReduceSum, 0))
	seen := graph.MatMul(z, graph.StopGradient(graph.Div(directions, length))) // [N, S]

	g, step := z.Graph(), end/float64(knots-1)
	at := graph.MulScalar(graph.Iota(g, shapes.Make(dtypes.Float32, 1, 1, knots), 2), step)
	normal := graph.Exp(graph.MulScalar(graph.Square(at), -0.5))
	phases := graph.Mul(graph.ExpandAxes(seen, 2), at) // [N, S, knots]
	even := graph.Sub(graph.ReduceAndKeep(graph.Cos(phases), graph.ReduceMean, 0), normal)
	odd := graph.ReduceAndKeep(graph.Sin(phases), graph.ReduceMean, 0)

	// The integrand is even, so that each knot stands for itself and its negative.
	weights := make([]float32, knots)
	for i := range weights {
		weights[i] = float32(2 * step * math.Exp(-0.5*math.Pow(float64(i)*step, 2)))
	}
	weights[0] /= 2
	weights[knots-1] /= 2
	distance := graph.Mul(
		graph.Add(graph.Square(even), graph.Square(odd)), graph.Reshape(graph.Const(g, weights), 1, 1, knots),
	)
	return graph.MulScalar(graph.ReduceAllMean(graph.ReduceSum(distance, 2)), rows(z))
}

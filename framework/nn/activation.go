package nn

import (
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/layers/activation"
)

// Activation is a function of each element.
type Activation func(x *graph.Node) *graph.Node

// ReLU is max(x, 0). Its gradient at 0 is 0, and what is not a number stays so.
func ReLU(x *graph.Node) *graph.Node {
	zero := graph.ScalarZero(x.Graph(), x.DType())
	return graph.Where(graph.LessOrEqual(x, zero), zero, x)
}

// ReLU6 is min(max(x, 0), 6) (Sandler et al. 2018, arXiv:1801.04381, §3).
func ReLU6(x *graph.Node) *graph.Node { return graph.MinScalar(ReLU(x), 6) }

// SiLU is x·sigmoid(x), also called Swish (Elfwing et al. 2017, arXiv:1702.03118).
func SiLU(x *graph.Node) *graph.Node { return graph.Mul(x, graph.Sigmoid(x)) }

// HardSigmoid is min(max(x+3, 0), 6)/6 (Howard et al. 2019, arXiv:1905.02244, §5.2).
func HardSigmoid(x *graph.Node) *graph.Node {
	return graph.MulScalar(ReLU6(graph.AddScalar(x, 3)), 1.0/6)
}

// HardSwish is x·HardSigmoid(x) (Howard et al. 2019, arXiv:1905.02244, §5.2).
func HardSwish(x *graph.Node) *graph.Node { return graph.Mul(x, HardSigmoid(x)) }

// GELU is x·Φ(x) with the exact normal distribution function Φ (Hendrycks and Gimpel 2016, arXiv:1606.08415).
func GELU(x *graph.Node) *graph.Node { return activation.Gelu(x) }

// QuickGELU is x·sigmoid(1.702x), the approximation of GELU in OpenAI's CLIP.
func QuickGELU(x *graph.Node) *graph.Node {
	return graph.Mul(x, graph.Sigmoid(graph.MulScalar(x, 1.702)))
}

// L2Normalize scales the vectors along the last axis to length 1: x / max(‖x‖,
// 1e-12), as torch.nn.functional.normalize does. Its gradient is finite at zero.
func L2Normalize(x *graph.Node) *graph.Node { return L2NormalizeFrom(x, 1e-12) }

// L2NormalizeFrom is L2Normalize with the smallest length that is divided by.
func L2NormalizeFrom(x *graph.Node, least float64) *graph.Node {
	squares := graph.ReduceAndKeep(graph.Square(x), graph.ReduceSum, -1)
	return graph.Div(x, graph.Sqrt(graph.MaxScalar(squares, least*least)))
}

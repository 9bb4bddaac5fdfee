package loss

import (
	"testing"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/internal/golden"
)

// What losses are made of matches PyTorch. Package nn has the layers of the same fixtures.
func TestPartsOfLossesMatchPyTorch(t *testing.T) {
	for name, part := range map[string]func(x *graph.Node) *graph.Node{
		"softmax":     func(x *graph.Node) *graph.Node { return graph.Softmax(x) },
		"log_softmax": func(x *graph.Node) *graph.Node { return graph.LogSoftmax(x) },
		"logsumexp":   LogSumExp,
		"std_sqrt_var_eps1e-4": func(x *graph.Node) *graph.Node {
			return deviations(covarianceMatrix(x), 1e-4)
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := reference{golden.Load(t, "layers").Case(t, name), t}
			c.checkWith("loss", map[string]golden.Tensor{"x": c.Input(t, "x")}, func(in nodes) results {
				y := part(in["x"])
				upstream := constant(in["x"], c.Input(t, "upstream"))
				return results{"y": y, "loss": graph.ReduceAllSum(graph.Mul(y, upstream))}
			})
		})
	}
	for _, name := range []string{"cross_entropy_mean", "cross_entropy_mean_large_logits"} {
		t.Run(name, func(t *testing.T) {
			c := reference{golden.Load(t, "layers").Case(t, name), t}
			labels := golden.Decode[[]int32](t, c.Params, "labels")
			c.check("loss", []string{"logits"}, func(in nodes) results {
				loss := CrossEntropy(in["logits"], graph.Const(in["logits"].Graph(), labels))
				return results{"loss": loss, "y": graph.Identity(loss)}
			})
		})
	}
}

// constant is a tensor as a constant of the graph of like.
func constant(like *graph.Node, x golden.Tensor) *graph.Node {
	return graph.Reshape(graph.Const(like.Graph(), x.Float32()), x.Shape...)
}

package loss

import (
	"math"
	"testing"

	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/internal/golden"
)

func TestNCEGolden(t *testing.T) {
	eachCase(t, "loss_instdisc_nce", func(c reference) {
		bank := c.Input(c.t, "memory_initial")
		size := golden.Decode[int](c.t, c.Params, "memory_size")
		var logPartition golden.Tensor // measured at the first step
		for i := range c.steps() {
			x, y, idx := step("x", i), step("y", i), step("idx", i)
			values := map[string]golden.Tensor{x: c.Input(c.t, x), y: c.Input(c.t, y), idx: c.Input(c.t, idx), "bank": bank}
			if i > 0 {
				values["log Z"] = logPartition
			}
			out := c.checkWith(step("loss", i), values, func(in nodes) results {
				negatives := graph.SliceAxis(in[idx], 1, graph.AxisRangeToEnd(1)) // the reference overwrites column 0
				entries := func(of *graph.Node) *graph.Node {
					return graph.StopGradient(graph.Gather(in["bank"], graph.ExpandAxes(of, -1)))
				}
				logits := InfoNCELogits(
					in[x], entries(in[y]), Similarities(in[x], entries(negatives)), scalar(in[x], c.number("temperature")),
				)
				logZ := in["log Z"]
				if logZ == nil {
					logZ = LogPartition(logits, size)
				}
				return results{
					step("loss", i):         NCE(logits, logZ, size),
					step("probs", i):        graph.Exp(graph.Sub(logits, logZ)),
					step("Z", i):            graph.Exp(logZ),
					step("memory_after", i): UpdateBank(in["bank"], in[y], in[x], scalar(in[x], c.number("momentum"))),
					"log Z":                 graph.Identity(logZ),
				}
			})
			bank = c.Output(c.t, step("memory_after", i))
			logPartition = golden.Tensor{Data: []float64{float64(out["log Z"][0])}}
		}
	})
}

func TestInfoNCEOverABankGolden(t *testing.T) {
	eachCase(t, "loss_instdisc_softmax", func(c reference) {
		c.check("loss", []string{"x", "y", "memory_initial"}, func(in nodes) results {
			bank := graph.StopGradient(in["memory_initial"])
			own := graph.Gather(bank, graph.ExpandAxes(in["y"], -1))
			all := Similarities(in["x"], bank)
			entry := graph.Iota(all.Graph(), shapes.Make(in["y"].DType(), all.Shape().Dimensions...), 1)
			isOwn := graph.Equal(entry, graph.BroadcastToDims(graph.ExpandAxes(in["y"], 1), all.Shape().Dimensions...))
			far := graph.Where(isOwn, graph.ConstAs(all, Excluded), all)
			return results{
				"logits":       Similarities(graph.Div(in["x"], scalar(in["x"], c.number("temperature"))), in["memory_initial"]),
				"loss":         InfoNCE(in["x"], own, far, scalar(in["x"], c.number("temperature"))),
				"memory_after": UpdateBank(in["memory_initial"], in["y"], in["x"], scalar(in["x"], c.number("momentum"))),
			}
		})
	})
}

func TestProximal(t *testing.T) {
	c := reference{&golden.Case{}, t}
	out := c.checkWith("", map[string]golden.Tensor{
		"x":   {Shape: []int{2, 2}, Data: []float64{1, 0, 0, 1}},
		"own": {Shape: []int{2, 2}, Data: []float64{1, 0, 1, 0}},
	}, func(in nodes) results { return results{"loss": Proximal(in["x"], in["own"])} })
	if got := out["loss"][0]; math.Abs(float64(got)-1) > 1e-6 { // squared distances 0 and 2
		t.Errorf("loss %v, want 1", got)
	}
}

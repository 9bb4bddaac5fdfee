package loss

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/gomlx/compute/gobackend"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/internal/golden"
)

// pairLosses are the losses of two views [N, D], by name.
var pairLosses = map[string]func(a, b *graph.Node) *graph.Node{
	"InfoNCE": func(a, b *graph.Node) *graph.Node {
		return InfoNCE(infoNCEOver(a, b, nn.L2Normalize(b), scalar(a, 0.01)))
	},
	"InfoNCE over the batch": func(a, b *graph.Node) *graph.Node {
		a, b = nn.L2Normalize(a), nn.L2Normalize(b)
		return InfoNCE(a, b, others(a, b), scalar(a, 0.01))
	},
	"DCL": func(a, b *graph.Node) *graph.Node {
		a, b = nn.L2Normalize(a), nn.L2Normalize(b)
		return DCL(a, b, others(a, b), scalar(a, 0.01))
	},
	"DCLW": func(a, b *graph.Node) *graph.Node {
		a, b = nn.L2Normalize(a), nn.L2Normalize(b)
		return DCLW(a, b, others(a, b), scalar(a, 0.01), 0.01)
	},
	"SigLIP": func(a, b *graph.Node) *graph.Node {
		a, b = nn.L2Normalize(a), nn.L2Normalize(b)
		return SigLIP(a, b, others(a, b), scalar(a, math.Log(1000)), scalar(a, -10), nil)
	},
	"NegativeCosine": NegativeCosine,
	"NormalizedMSE":  NormalizedMSE,
	"BarlowTwins":    func(a, b *graph.Node) *graph.Node { return BarlowTwins(a, b, 0.0051) },
	"VICReg":         func(a, b *graph.Node) *graph.Node { return VICReg(a, b, VICRegWeights{25, 25, 1}) },
	"SupCon": func(a, b *graph.Node) *graph.Node {
		a, b = nn.L2Normalize(a), nn.L2Normalize(b)
		views := []*graph.Node{a, b}
		return SupCon(a, views, nil, otherLabels(a, views, nil), scalar(a, 0.01), scalar(a, 0.07), false)
	},
	"WMSE":  func(a, b *graph.Node) *graph.Node { return WMSE([]*graph.Node{a, b}, 0.5) },
	"KoLeo": func(a, b *graph.Node) *graph.Node { return KoLeo(graph.Add(a, b)) },
	"MSN": func(a, b *graph.Node) *graph.Node {
		return MSN(a, b, b, scalar(a, 0.001), MSNConfig{TargetTemperature: 0.25, Iterations: 3, EntropyWeight: 1})
	},
	"DINO": func(a, b *graph.Node) *graph.Node {
		center := graph.ReduceAndKeep(b, graph.ReduceMean, 0)
		teach := func(x *graph.Node) *graph.Node { return Sharpened(x, center, scalar(a, 0.001)) }
		return swapped([]*graph.Node{teach(a), teach(b)}, []*graph.Node{a, b}, scalar(a, 0.001))
	},
	"SwAV": func(a, b *graph.Node) *graph.Node {
		codes := []*graph.Node{Sinkhorn(a, 0.05, 3), Sinkhorn(b, 0.05, 3)}
		return swapped(codes, []*graph.Node{a, b}, scalar(a, 0.001))
	},
	"NCE": func(a, b *graph.Node) *graph.Node {
		chosen := graph.Const(a.Graph(), [][][]int32{{{1}, {2}}, {{0}, {2}}, {{0}, {1}}})
		logits := InfoNCELogits(a, b, Similarities(a, graph.Gather(b, chosen)), scalar(a, 0.001))
		return NCE(logits, LogPartition(logits, 3), 3)
	},
}

func TestLossesAndGradientsStayFinite(t *testing.T) {
	for input, views := range map[string][2][][]float32{
		"zero":      {{{0, 0}, {0, 0}, {0, 0}}, {{0, 0}, {0, 0}, {0, 0}}},
		"equal":     {{{1, 2}, {1, 2}, {1, 2}}, {{1, 2}, {1, 2}, {1, 2}}},
		"opposite":  {{{1, 2}, {2, 1}, {-1, 1}}, {{-1, -2}, {-2, -1}, {1, -1}}},
		"tiny":      {{{1e-15, 0}, {0, 1e-15}, {1e-15, 1e-15}}, {{1e-15, 0}, {0, 1e-15}, {1e-15, 2e-15}}},
		"one large": {{{1e4, 0}, {0, 1}, {1, 1}}, {{1, 0}, {0, 1e4}, {1, 1}}},
	} {
		for name, loss := range pairLosses {
			t.Run(fmt.Sprintf("%s/%s", input, name), func(t *testing.T) {
				outputs, err := graph.CallOnceN(gobackend.GetBackend(), func(a, b *graph.Node) []*graph.Node {
					value := loss(a, b)
					return append([]*graph.Node{value}, graph.Gradient(value, a, b)...)
				}, views[0], views[1])
				if err != nil {
					t.Fatal(err)
				}
				for i, what := range []string{"loss", "gradient of the first view", "gradient of the second view"} {
					for _, v := range floats(outputs[i]) {
						if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
							t.Fatalf("%s is %v", what, floats(outputs[i]))
						}
					}
				}
			})
		}
	}
}

func TestWrongShapesAreExplained(t *testing.T) {
	for want, build := range map[string]func(a *graph.Node) *graph.Node{
		"DCL: embeddings must be matrices [N, D] of one shape, got (Float32)[4, 2] and (Float32)[2, 2]": func(
			a *graph.Node,
		) *graph.Node {
			return DCL(a, graph.SliceAxis(a, 0, graph.AxisRangeFromStart(2)), a, scalar(a, 1))
		},
		"a queue of 4 keys is not a multiple of the batch of 3; choose a multiple": func(a *graph.Node) *graph.Node {
			queue, _ := EnqueueFIFO(a, graph.SliceAxis(a, 0, graph.AxisRangeFromStart(3)), graph.Const(a.Graph(), int32(0)))
			return queue
		},
		"Shift: a queue of 2 keys is shorter than the batch of 4": func(a *graph.Node) *graph.Node {
			return Shift(graph.SliceAxis(a, 0, graph.AxisRangeFromStart(2)), a)
		},
		"WMSE: 1 views, want at least 2":          func(a *graph.Node) *graph.Node { return WMSE([]*graph.Node{a}, 0) },
		"Sinkhorn: 0 iterations, want at least 1": func(a *graph.Node) *graph.Node { return Sinkhorn(a, 0.05, 0) },
		"Distillation: 1 targets for 2 logits; want one for each": func(a *graph.Node) *graph.Node {
			return Distillation([]*graph.Node{a}, []*graph.Node{a, a})
		},
	} {
		_, err := graph.CallOnce(gobackend.GetBackend(), build, [][]float32{{1, 2}, {3, 4}, {5, 6}, {7, 8}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func TestWhiteningIsExactForManyFeatures(t *testing.T) {
	const n, dim = 96, 33
	x := golden.Tensor{Shape: []int{n, dim}}
	for i := range n * dim {
		x.Data = append(x.Data, math.Sin(float64(i*i))+0.3*math.Cos(float64(i/dim)))
	}
	c := reference{&golden.Case{}, t}
	out := c.checkWith("", map[string]golden.Tensor{"x": x}, func(in nodes) results {
		return results{"covariance": covarianceMatrix(Whiten(in["x"], 0))}
	})
	for i, v := range out["covariance"] {
		want := 0.0
		if i%(dim+1) == 0 {
			want = 1
		}
		if math.Abs(float64(v)-want) > 1e-4 {
			t.Fatalf("covariance of the whitened features is %v at %d, %d, want %v", v, i/dim, i%dim, want)
		}
	}
}

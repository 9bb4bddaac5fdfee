package backbones

import (
	"math"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/random"
	"github.com/kontrast-ml/kontrast/internal/golden"
	"github.com/kontrast-ml/kontrast/internal/relumask"
	"github.com/kontrast-ml/kontrast/internal/testbackend"
	"github.com/kontrast-ml/kontrast/internal/torchref"
)

// Every gradient in float32 is that in float64 on GoMLX's Go backend, element by element, with the same masks of the
// ReLUs. The tolerances are about five times what was seen: 3.6e-5 in training, 1.8e-6 in evaluation. Group norms
// normalize by the images in either.
func TestGradientsMatchFloat64(t *testing.T) {
	for name, b := range smallBackbones(t) {
		for mode, tolerance := range map[string]float64{"train": 2e-4, "eval": 1e-5} {
			t.Run(name+"/"+mode, func(t *testing.T) {
				pass := gradientPass{backbone: b, variables: perturbed(t, b), training: mode == "train"}
				got, outputs := pass.run(t, testbackend.New(t), dtypes.Float32)
				want, inputs := pass.run(t, relumask.Fix(testbackend.Portable(t), relumask.Of(outputs)), dtypes.Float64)
				for i, values := range inputs {
					scale := 0.0
					for _, v := range values {
						scale += v * v
					}
					scale = math.Sqrt(scale / float64(len(values)))
					for j, v := range values {
						if output := outputs[i][j]; math.Abs(max(v, 0)-output) > 1e-4*scale {
							t.Fatalf("input %d of ReLU %d is %g in float64, and its output %g in float32; the root mean square is %g",
								j, i, v, output, scale)
						}
					}
				}
				if strings.HasPrefix(name, "resnetv2") {
					tolerance = 2e-4
				}
				largest := 0.0
				for _, grad := range want {
					largest = max(largest, greatest(grad))
				}
				for path, grad := range want {
					apart := make([]float64, len(grad))
					for i, v := range grad {
						apart[i] = got[path][i] - v
					}
					// Where a gradient is 0 in theory, such as that of the keys' bias, rounding is left.
					if d := greatest(apart); !(d <= tolerance*greatest(grad)+1e-6*largest) {
						t.Errorf("the gradient of %s is off by %.3g of %.3g (tolerance %.3g)", path, d, greatest(grad), tolerance)
					}
				}
			})
		}
	}
}

func greatest(values []float64) float64 {
	most := 0.0
	for _, v := range values {
		most = max(most, math.Abs(v))
	}
	return most
}

// variable is one of a network.
type variable struct {
	golden.Tensor
	trainable bool
}

// perturbed returns the variables of a backbone for 32 pixels by path, changed so that no branch starts at 0.
func perturbed(t *testing.T, b framework.Backbone) map[string]variable {
	t.Helper()
	variables := map[string]variable{}
	for v := range started(t, b, shapes.Make(dtypes.Float32, 2, 32, 32, 3)).IterVariables() {
		if v.Shape().DType != dtypes.Float32 {
			continue // the random state
		}
		value, stream := torchref.FromTensor(v.MustValue()), random.ForPath(1, v.Path())
		for i := range value.Data {
			value.Data[i] = float64(float32(value.Data[i] + stream.Uniform(-0.1, 0.1)))
		}
		variables[v.Path()] = variable{value, v.Trainable}
	}
	return variables
}

// gradientPass is a forward and backward pass through a backbone for 32 pixels.
type gradientPass struct {
	backbone  framework.Backbone
	variables map[string]variable
	training  bool
}

// run returns the gradients by path, and the outputs of the ReLUs or, in float64, their inputs.
func (p gradientPass) run(
	t *testing.T, backend compute.Backend, dtype dtypes.DType,
) (grads map[string][]float64, relus [][]float64) {
	t.Helper()
	store := model.NewStore()
	var trained []*model.Variable
	for path, of := range p.variables {
		v, err := store.CreateVariable(path, torchref.ToTensor(of.Tensor, dtype))
		if err != nil {
			t.Fatal(err)
		}
		if of.trainable {
			trained = append(trained, v)
		}
	}
	draw := func(order uint64, dims ...int) *tensors.Tensor {
		return torchref.ToTensor(golden.Filled{Shape: dims, Order: order, Scale: 1}.Tensor(1), dtype)
	}
	exec := model.MustNewExec(backend, store, func(root *model.Scope, images, weights *graph.Node) []*graph.Node {
		g := images.Graph()
		store.SetTraining(g, p.training)
		loss := graph.ReduceAllMean(graph.Mul(p.backbone.Embed(root, images), weights))
		var by []*graph.Node
		for _, v := range trained {
			by = append(by, v.NodeValue(g))
		}
		values := relumask.Outputs(g)
		if dtype == dtypes.Float64 {
			values = relumask.Inputs(g)
		}
		return append(graph.Gradient(loss, by...), values...)
	})
	got, err := exec.Call(draw(0, 4, 32, 32, 3), draw(1, 4, p.backbone.FeatureDim()))
	if err != nil {
		t.Fatalf("%+v", err)
	}
	grads = map[string][]float64{}
	for i, v := range trained {
		grads[v.Path()] = torchref.FromTensor(got[i]).Data
	}
	for _, relu := range got[len(trained):] {
		relus = append(relus, torchref.FromTensor(relu).Data)
	}
	return grads, relus
}

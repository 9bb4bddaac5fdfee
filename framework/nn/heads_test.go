package nn

import (
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/internal/golden"
	"github.com/kontrast-ml/kontrast/internal/testbackend"
	"github.com/kontrast-ml/kontrast/internal/torchref"
)

var (
	noBias = LinearConfig{NoBias: true}
	affine = &BatchNormConfig{}
	plain  = &BatchNormConfig{NoAffine: true}
)

// headCases are the heads of the papers, hidden layers 12 wide, output 6 wide,
// in the shapes that heads.json has them.
var headCases = map[string]func(scope *model.Scope, x *graph.Node) *graph.Node{
	"simclr_2layer":      mlp(MLPLayer{12, noBias, affine, ReLU}, MLPLayer{6, noBias, affine, nil}),
	"simclr_2layer_eval": mlp(MLPLayer{12, noBias, affine, ReLU}, MLPLayer{6, noBias, affine, nil}),
	"simclr_v2_3layer": mlp(
		MLPLayer{12, noBias, affine, ReLU}, MLPLayer{12, noBias, affine, ReLU}, MLPLayer{6, noBias, affine, nil},
	),
	"simclr_no_bn":    mlp(MLPLayer{Out: 12, Activation: ReLU}, MLPLayer{Out: 6}),
	"byol_projection": mlp(MLPLayer{12, noBias, affine, ReLU}, MLPLayer{Out: 6}),
	"byol_prediction": mlp(MLPLayer{12, noBias, affine, ReLU}, MLPLayer{Out: 6}),
	"moco_v2":         mlp(MLPLayer{Out: 12, Activation: ReLU}, MLPLayer{Out: 6}),
	"moco_v3_lightly": mlp(
		MLPLayer{12, noBias, affine, ReLU}, MLPLayer{12, noBias, affine, ReLU}, MLPLayer{6, noBias, affine, nil},
	),
	"mocov3_official_projector3": mlp(
		MLPLayer{12, noBias, affine, ReLU}, MLPLayer{12, noBias, affine, ReLU}, MLPLayer{6, noBias, plain, nil}),
	"mocov3_official_predictor2": mlp(MLPLayer{12, noBias, affine, ReLU}, MLPLayer{6, noBias, plain, nil}),
	"simsiam_projection": mlp(
		MLPLayer{12, noBias, affine, ReLU}, MLPLayer{12, noBias, affine, ReLU}, MLPLayer{6, noBias, plain, nil}),
	"simsiam_prediction": mlp(MLPLayer{12, noBias, affine, ReLU}, MLPLayer{Out: 6}),
	"nnclr_projection": mlp(
		MLPLayer{12, noBias, affine, ReLU}, MLPLayer{12, noBias, affine, ReLU}, MLPLayer{6, noBias, affine, nil},
	),
	"nnclr_prediction":  mlp(MLPLayer{12, noBias, affine, ReLU}, MLPLayer{Out: 6}),
	"swav_projection":   mlp(MLPLayer{12, noBias, affine, ReLU}, MLPLayer{Out: 6}),
	"barlow_projection": mlp(MLPLayer{12, noBias, affine, ReLU}, MLPLayer{12, noBias, affine, ReLU}, MLPLayer{Out: 6}),
	"vicreg_official": mlp(
		MLPLayer{Out: 12, Norm: affine, Activation: ReLU}, MLPLayer{Out: 12, Norm: affine, Activation: ReLU},
		MLPLayer{Out: 6, Linear: noBias}),
	"dino_head": dino(
		true, MLPLayer{Out: 12, Activation: GELU}, MLPLayer{Out: 12, Activation: GELU}, MLPLayer{Out: 5},
	),
	"dino_head_bn": dino(false, MLPLayer{Out: 12, Norm: affine, Activation: GELU},
		MLPLayer{Out: 12, Norm: affine, Activation: GELU}, MLPLayer{Out: 5}),
	"dino_head_bn_eval": dino(false, MLPLayer{Out: 12, Norm: affine, Activation: GELU},
		MLPLayer{Out: 12, Norm: affine, Activation: GELU}, MLPLayer{Out: 5}),
	"dino_lightly_bn": dino(
		true, MLPLayer{12, noBias, affine, GELU}, MLPLayer{12, noBias, affine, GELU}, MLPLayer{Out: 5},
	),
}

func mlp(layers ...MLPLayer) func(*model.Scope, *graph.Node) *graph.Node {
	return func(scope *model.Scope, x *graph.Node) *graph.Node { return MLP(scope, x, layers...) }
}

func dino(fixed bool, layers ...MLPLayer) func(*model.Scope, *graph.Node) *graph.Node {
	return func(scope *model.Scope, x *graph.Node) *graph.Node {
		return WeightNormLinear(scope.At("last_layer"), L2Normalize(MLP(scope, x, layers...)), 6, fixed, nil)
	}
}

func TestHeadsMatchTheirPapersCode(t *testing.T) {
	file := golden.Load(t, "heads")
	for i := range file.Cases {
		ref := &file.Cases[i]
		t.Run(ref.Name, func(t *testing.T) {
			build := headCases[ref.Name]
			if build == nil {
				t.Fatal("no head for this case")
			}
			torchref.Check{
				Case: ref,
				Path: headPath(ref.Filled(t, "parameters"), ref.Filled(t, "buffers")),
				Build: func(scope *model.Scope, x *graph.Node, _ func(string, *graph.Node)) *graph.Node {
					return build(scope, x)
				},
			}.Run(t, testbackend.New(t))
		})
	}
}

// headPath maps the names of a torch.nn.Sequential to those of MLP: its modules
// are numbered in their order, activations included.
func headPath(parameters, buffers []golden.Filled) func(string) string {
	layers, linear := map[string]string{}, -1
	for _, f := range parameters {
		module, _ := splitLast(f.Name)
		if _, seen := layers[module]; seen || strings.HasPrefix(module, "last_layer") {
			continue
		}
		if len(f.Shape) == 2 {
			linear++
			layers[module] = "linear" + string(rune('0'+linear))
		} else {
			layers[module] = "norm" + string(rune('0'+linear))
		}
	}
	for _, f := range buffers { // a batch norm without affine parameters comes last
		module, _ := splitLast(f.Name)
		if _, seen := layers[module]; !seen {
			layers[module] = "norm" + string(rune('0'+linear))
		}
	}
	return func(name string) string {
		module, tensor := splitLast(name)
		if layer, found := layers[module]; found {
			return layer + "/" + tensor
		}
		return module + "/" + tensor
	}
}

func splitLast(name string) (module, tensor string) {
	dot := strings.LastIndex(name, ".")
	return name[:dot], name[dot+1:]
}

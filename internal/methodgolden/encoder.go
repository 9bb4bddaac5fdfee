package methodgolden

import (
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/backbones"
	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/internal/golden"
)

// Encoder is the reference trainings' convolutional encoder: twice a 3×3
// convolution of stride 2 without bias, batch norm and ReLU, of 6 and 10
// channels, then the mean over the image.
type Encoder struct{}

// Embed maps images [N, H, W, 3] to features [N, 10].
func (e Encoder) Embed(scope *model.Scope, x *graph.Node) *graph.Node {
	features, _ := e.EmbedMap(scope, x)
	return features
}

// EmbedMap implements [framework.MapBackbone].
func (Encoder) EmbedMap(scope *model.Scope, x *graph.Node) (features, featureMap *graph.Node) {
	for i, channels := range []int{6, 10} {
		x = nn.Conv(scope.At("conv%d", i+1), x, channels, 3, nn.ConvConfig{Stride: 2, Padding: 1, NoBias: true})
		x = nn.ReLU(nn.BatchNorm(scope.At("bn%d", i+1), x, nn.BatchNormConfig{}))
	}
	return nn.GlobalAvgPool(x), x
}

// FeatureDim is 10.
func (Encoder) FeatureDim() int { return 10 }

// ViT is the reference trainings' vision transformer: images of 16 pixels in patches
// of 4, two blocks of width 8 with two heads. The parameters have these already;
// others may be set.
func ViT(t testing.TB, params backbones.ViTParams) framework.PatchBackbone {
	t.Helper()
	params.Patch, params.Width, params.Layers, params.Heads, params.MLPRatio = 4, 8, 2, 2, 2
	params.Init, params.MLP, params.Epsilon = "timm", "gelu", 1e-6
	if params.Pooling == "" {
		params.Pooling = "token"
	}
	if params.Positions == "" {
		params.Positions = "learned-1d"
	}
	for _, factory := range backbones.Builtin() {
		if factory.Name != "vit" {
			continue
		}
		made, err := factory.New(&params, 16, 3)
		if err != nil {
			t.Fatal(err)
		}
		return made.(framework.PatchBackbone)
	}
	t.Fatal("there is no vit")
	return nil
}

// StepInput is that part of a case's input [steps, …] that belongs to the step,
// as whole numbers. The training's schedules must have a "step".
func StepInput(t testing.TB, c *golden.Case, name string) func(*framework.Step) *graph.Node {
	t.Helper()
	all := c.Input(t, name)
	numbers := make([]int32, len(all.Data))
	for i, number := range all.Ints() {
		numbers[i] = int32(number)
	}
	return func(s *framework.Step) *graph.Node {
		of := graph.Const(s.Graph, tensors.FromFlatDataAndDimensions(numbers, all.Shape...))
		return graph.Gather(of, graph.ExpandAxes(graph.ConvertDType(s.Scalar("step"), dtypes.Int32), 0))
	}
}

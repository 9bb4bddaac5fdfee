package mae

import (
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/backbones"
	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/optim"
	"github.com/kontrast-ml/kontrast/internal/golden"
	"github.com/kontrast-ml/kontrast/internal/methodgolden"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// TestTrainingMatchesTheOfficialCode repeats three steps of facebookresearch/mae,
// whose network sees the same patches.
func TestTrainingMatchesTheOfficialCode(t *testing.T) {
	for name, normalized := range map[string]bool{"mae": true, "mae_pixels": false} {
		t.Run(name, func(t *testing.T) {
			made, err := New(Params{Masked: 0.75, NormPixels: normalized, DecoderWidth: 12, DecoderLayers: 1, DecoderHeads: 3})
			if err != nil {
				t.Fatal(err)
			}
			order := methodgolden.StepInput(t, golden.Load(t, "method_mae").Case(t, name), "order")
			made.(*method).fixed = func(s *framework.Step) (kept, dropped *graph.Node) {
				all := order(s)
				return graph.SliceAxis(all, 1, graph.AxisRangeFromStart(4)), graph.SliceAxis(all, 1, graph.AxisRangeToEnd(4))
			}
			methodgolden.Training{
				Family: "method_mae", Case: name, Method: made, Views: []int{0},
				Backbone: methodgolden.ViT(t, backbones.ViTParams{Positions: "sincos-2d"}),
				Rename: map[string]string{
					"": "online/backbone/", "mask_token": "online/decoder/mask_token", "decoder_embed.": "online/decoder/embed/",
					"decoder_blocks.": "online/decoder/blocks/", "decoder_norm.": "online/decoder/norm/",
					"decoder_pred.": "online/decoder/pred/",
				},
				Optimizer: optim.SGD{},
				Group:     func(*model.Variable) optim.Group { return optim.Group{} },
				Schedules: map[string]optim.Schedule{
					train.LearningRate: optim.Constant(0.1), train.BaseLearningRate: optim.Constant(0.1),
					train.Momentum: optim.Constant(0.9), train.WeightDecay: optim.Constant(1e-4), "step": methodgolden.Steps{0, 1, 2},
				},
			}.Run(t)
		})
	}
}

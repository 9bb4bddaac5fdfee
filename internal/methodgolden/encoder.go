package methodgolden

import (
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework/nn"
)

// Encoder is the reference trainings' convolutional encoder: twice a 3×3
// convolution of stride 2 without bias, batch norm and ReLU, of 6 and 10
// channels, then the mean over the image.
type Encoder struct{}

// Embed maps images [N, H, W, 3] to features [N, 10].
func (Encoder) Embed(scope *model.Scope, x *graph.Node) *graph.Node {
	for i, channels := range []int{6, 10} {
		x = nn.Conv(scope.At("conv%d", i+1), x, channels, 3, nn.ConvConfig{Stride: 2, Padding: 1, NoBias: true})
		x = nn.ReLU(nn.BatchNorm(scope.At("bn%d", i+1), x, nn.BatchNormConfig{}))
	}
	return nn.GlobalAvgPool(x)
}

// FeatureDim is 10.
func (Encoder) FeatureDim() int { return 10 }

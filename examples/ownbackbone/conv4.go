// Package conv4 is the small convolutional network of few-shot learning (Vinyals,
// Blundell, Lillicrap, Kavukcuoglu and Wierstra: Matching Networks for One Shot
// Learning, NeurIPS 2016, arXiv:1606.04080, §4.1.2): four blocks of a 3×3
// convolution, batch norm, ReLU and max-pooling. It shows all that a backbone in
// a module of its own needs.
package conv4

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast"
	"github.com/kontrast-ml/kontrast/backbones"
	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/framework/nn"
)

// Extensions are what kontrast build --with example.com/ownbackbone adds to kontrast.
// Interface is the version of the author's interface that this was written for.
func Extensions() kontrast.Extensions {
	return kontrast.Extensions{Interface: 2, Backbones: []backbones.Factory{Factory}}
}

// Params are the parameters, which configurations can change. Their tags become
// the help and the checks.
type Params struct {
	Width  int `yaml:"width" range:"[1,inf)"`
	Blocks int `yaml:"blocks" range:"[1,8]"`
}

// Docs documents the keys of Params.
func (Params) Docs() config.Docs {
	return config.Docs{
		"width":  {Doc: "channels of every block, and width of the features", Source: "Vinyals et al. 2016, §4.1.2: 64"},
		"blocks": {Doc: "blocks, each of which halves the image", Source: "Vinyals et al. 2016, §4.1.2: 4"},
	}
}

// Factory registers the backbone.
var Factory = backbones.NewFactory(
	"conv4", "Conv-4 (Vinyals et al.: Matching Networks for One Shot Learning, NeurIPS 2016, arXiv:1606.04080), with a "+
		"mean over the positions at its end",
	Params{Width: 64, Blocks: 4}, New,
)

// New returns the network for square images of inputSize pixels. An error, as
// of images that are halved to nothing, is one of the configuration.
func New(p Params, inputSize, _ int) (framework.Backbone, error) {
	if inputSize>>p.Blocks == 0 {
		return nil, fmt.Errorf("%d blocks halve images of %d pixels to nothing", p.Blocks, inputSize)
	}
	return &network{p}, nil
}

type network struct{ Params }

// FeatureDim is the width of the features.
func (n *network) FeatureDim() int { return n.Width }

// Embed maps images [N, H, W, C] to features [N, Width]. Each variable lies in a
// scope of its own name: initial values depend on the seed and that path.
func (n *network) Embed(scope *model.Scope, images *graph.Node) *graph.Node {
	x := images
	for i := range n.Blocks {
		block := scope.At("block%d", i+1)
		x = nn.Conv(block.At("conv"), x, n.Width, 3, nn.ConvConfig{Padding: 1, NoBias: true})
		x = nn.ReLU(nn.BatchNorm(block.At("norm"), x, nn.BatchNormConfig{}))
		x = nn.MaxPool(x, 2, 2, 0)
	}
	return nn.GlobalAvgPool(x)
}

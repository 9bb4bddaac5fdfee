package framework

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework/nn"
)

// Head is a projection or prediction head: linear layers with batch norm and
// ReLU between them. Methods differ in depth, width, and in what the linear
// layers and the output have besides.
type Head struct {
	Layers int // linear layers, at least 1
	Hidden int // width between them; 0 takes the width of the input
	Out    int // width of the output, at least 1

	HiddenBias bool // the linear layers before the last have a bias
	OutputBias bool // the last linear layer has a bias
	NoNorm     bool // no batch norm between the layers
	// OutputNorm is the batch norm after the last layer; nil for none.
	OutputNorm *nn.BatchNormConfig
}

// Embed maps x [N, D] to [N, Out]. The variables of layer i lie in linear<i>
// and norm<i> below the scope, counted from 0.
func (h Head) Embed(scope *model.Scope, x *graph.Node) *graph.Node {
	return nn.MLP(scope, x, h.layers(x)...)
}

// First maps x [N, D] through the first layer alone, [N, Hidden].
func (h Head) First(scope *model.Scope, x *graph.Node) *graph.Node {
	return nn.MLP(scope, x, h.layers(x)[0])
}

func (h Head) layers(x *graph.Node) []nn.MLPLayer {
	hidden := h.Hidden
	if hidden == 0 {
		hidden = x.Shape().Dimensions[1]
	}
	if h.Layers < 1 || h.Hidden < 0 || h.Out < 1 {
		panic(fmt.Errorf("a head of %d layers, %d wide inside and %d at the end: "+
			"it needs a layer and an output, and no width may be negative", h.Layers, h.Hidden, h.Out))
	}
	layers := make([]nn.MLPLayer, h.Layers)
	for i := range layers {
		layers[i] = nn.MLPLayer{Out: hidden, Linear: nn.LinearConfig{NoBias: !h.HiddenBias}, Activation: nn.ReLU}
		if !h.NoNorm {
			layers[i].Norm = &nn.BatchNormConfig{}
		}
	}
	layers[h.Layers-1] = nn.MLPLayer{Out: h.Out, Linear: nn.LinearConfig{NoBias: !h.OutputBias}, Norm: h.OutputNorm}
	return layers
}

// Predictor is the scope of a head that the online encoder alone has: momentum
// encoders don't follow it (Grill et al. 2020, arXiv:2006.07733, §3.1). Its
// parameters are marked as [PredictorPart].
func (s *Step) Predictor() *model.Scope {
	scope := s.root.At("predictor")
	s.Mark(scope, PredictorPart)
	return scope
}

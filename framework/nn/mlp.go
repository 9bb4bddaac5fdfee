package nn

import (
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// MLPLayer is one layer of a projection or prediction head: linear, then batch
// norm, then activation, each as far as it is there.
type MLPLayer struct {
	Out        int // the width of its output
	Linear     LinearConfig
	Norm       *BatchNormConfig // nil for none
	Activation Activation       // nil for none
}

// MLP passes x [N,D] through the layers. The variables of layer i lie in the
// scopes linear<i> and norm<i>, counted from 0.
func MLP(scope *model.Scope, x *graph.Node, layers ...MLPLayer) *graph.Node {
	for i, layer := range layers {
		x = Linear(scope.At("linear%d", i), x, layer.Out, layer.Linear)
		if layer.Norm != nil {
			x = BatchNorm(scope.At("norm%d", i), x, *layer.Norm)
		}
		if layer.Activation != nil {
			x = layer.Activation(x)
		}
	}
	return x
}

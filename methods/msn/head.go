package msn

import (
	"math"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/framework/random"
)

// project is the head: three layers with batch norm and GELU between them.
func (m *method) project(encoder *model.Scope, features *graph.Node) *graph.Node {
	hidden := nn.MLPLayer{
		Out: m.HiddenDim, Linear: nn.LinearConfig{NoBias: true}, Norm: &nn.BatchNormConfig{}, Activation: nn.GELU,
	}
	return nn.MLP(encoder.At("projector"), features, hidden, hidden, nn.MLPLayer{Out: m.OutputDim})
}

// prototypesStart is even on ±1/√D, as in the official code.
func prototypesStart(stream *random.Stream, into []float32, dims []int) {
	nn.Uniform(1/math.Sqrt(float64(dims[1])))(stream, into, dims)
}

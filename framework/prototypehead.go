package framework

import (
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/framework/optim"
)

// PrototypeHead is the head of DINO and what followed it: an MLP with GELU, whose
// output is scaled to unit length and compared with unit vectors, one for each
// output (Caron et al. 2021, arXiv:2104.14294, §3.2 and appendix C).
type PrototypeHead struct {
	Layers     int // linear layers of the MLP, at least 1
	Hidden     int // width between them
	Bottleneck int // width of the unit vectors
	Out        int // outputs
	BatchNorm  bool
	TrainScale bool // train the length of the vectors compared with instead of leaving it at 1
}

// LastLayer marks the vectors that a [PrototypeHead] compares with.
const LastLayer optim.Part = "last layer"

// Embed maps x [N, D] to the outputs before any softmax, [N, Out]. Variables:
// linear<i>, norm<i> and last, the last marked as [LastLayer].
func (h PrototypeHead) Embed(s *Step, scope *model.Scope, x *graph.Node) *graph.Node {
	linear := nn.LinearConfig{Weight: nn.TruncatedNormal(0.02), Bias: nn.Zeros}
	layers := make([]nn.MLPLayer, h.Layers)
	for i := range layers {
		layers[i] = nn.MLPLayer{Out: h.Hidden, Linear: linear, Activation: nn.GELU}
		if h.BatchNorm {
			layers[i].Norm = &nn.BatchNormConfig{}
		}
	}
	layers[h.Layers-1] = nn.MLPLayer{Out: h.Bottleneck, Linear: linear}
	z := nn.L2Normalize(nn.MLP(scope, x, layers...))
	last := scope.At("last")
	s.Mark(last, LastLayer)
	return nn.WeightNormLinear(last, z, h.Out, !h.TrainScale, nil)
}

// AdjustLastLayer lets [LastLayer] stand still while a switch is off, and decays all
// of it: the official code of DINO spares vectors and biases the weight decay, but
// keeps the lengths as a matrix [K, 1].
func AdjustLastLayer(parameter *optim.Param, active *graph.Node) {
	if parameter.Part == LastLayer {
		parameter.Active, parameter.NoDecay = active, false
	}
}

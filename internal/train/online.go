package train

import (
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/framework/optim"
	"github.com/kontrast-ml/kontrast/framework/trainer"
)

// probeScope is where the online probe's variables lie below the root.
const probeScope = "online_probe"

// ProbeRate is the learning rate of the online probe, whose optimizer is Adam.
const ProbeRate = 0.01

// onlineProbe trains a linear classifier of the backbone's features beside the
// network, on what the method embedded in this step anyway (Grill et al. 2020,
// arXiv:2006.07733, appendix C.1, watch BYOL's training by such a classifier).
// No gradient goes back into the network, so that its training is the same bit
// for bit. The features pass a batch norm without scale and shift first.
//
// It returns the classifier's top-1 accuracy on the views of this batch, before
// its update; nil where there is nothing to classify or the method embeds no
// whole views.
func (s *Stepper) onlineProbe(step *framework.Step, root *model.Scope) *graph.Node {
	features, samples := trainer.Embedded(step), step.BatchSize()
	if features == nil || step.Classes < 2 || features.Shape().Dim(0)%samples != 0 {
		return nil
	}
	g, scope := step.Graph, root.At(probeScope)
	x := graph.StopGradient(
		nn.BatchNorm(scope.At("norm"), graph.StopGradient(features), nn.BatchNormConfig{NoAffine: true}),
	)
	weights := nn.Buffer(scope, "weights", nn.Zeros, x.Shape().Dim(-1), step.Classes)
	bias := nn.Buffer(scope, "bias", nn.Zeros, step.Classes)
	logits := graph.Add(graph.Dot(x, weights.NodeValue(g)).Product(), graph.ExpandLeftToRank(bias.NodeValue(g), 2))

	labels := make([]*graph.Node, features.Shape().Dim(0)/samples) // of the views, one after the other
	for i := range labels {
		labels[i] = step.Labels
	}
	classes := graph.ConvertDType(graph.Concatenate(labels, 0), dtypes.Int32)
	known := graph.GreaterOrEqual(classes, graph.ZerosLike(classes))
	count := graph.Max(graph.ReduceAllSum(graph.ConvertDType(known, dtypes.Float32)), step.Constant(1))
	target := graph.Mul(
		graph.OneHot(graph.Max(classes, graph.ZerosLike(classes)), step.Classes, dtypes.Float32),
		graph.ExpandAxes(graph.ConvertDType(known, dtypes.Float32), -1),
	)
	crossEntropy := graph.Neg(graph.Div(graph.ReduceAllSum(graph.Mul(target, graph.LogSoftmax(logits, -1))), count))
	gradients := graph.Gradient(crossEntropy, weights.NodeValue(g), bias.NodeValue(g))

	guesses := graph.ArgMax(logits, -1, dtypes.Int32)
	right := graph.Mul(
		graph.ConvertDType(graph.Equal(guesses, classes), dtypes.Float32), graph.ConvertDType(known, dtypes.Float32),
	)
	top1 := graph.Div(graph.ReduceAllSum(right), count)
	optim.Adam{}.Update(scope.At("optimizer"), g, []optim.Param{
		{Var: weights, Grad: gradients[0]}, {Var: bias, Grad: gradients[1]},
	}, optim.Hyper{LR: step.Constant(ProbeRate)})
	return graph.StopGradient(top1)
}

// Probe is the online probe of a training as it is: the classifier
// x·Weights + Bias of features as they come.
type Probe struct {
	Weights [][]float64 // by class and feature
	Bias    []float64   // by class
}

// OnlineProbe returns the online probe of the variables, and whether there is one.
func OnlineProbe(store *model.Store) (*Probe, bool) {
	scope := store.RootScope().At(probeScope)
	read := func(scope *model.Scope, name string) []float32 {
		if v := scope.GetVariable(name); v != nil {
			return tensors.MustCopyFlatData[float32](v.MustValue())
		}
		return nil
	}
	weights, bias := read(scope, "weights"), read(scope, "bias")
	mean, variance := read(scope.At("norm"), "running_mean"), read(scope.At("norm"), "running_var")
	if len(weights) == 0 || len(bias) == 0 || len(mean)*len(bias) != len(weights) || len(variance) != len(mean) {
		return nil, false
	}
	probe := &Probe{Weights: make([][]float64, len(bias)), Bias: make([]float64, len(bias))}
	for class := range probe.Weights {
		row := make([]float64, len(mean))
		probe.Bias[class] = float64(bias[class])
		for j := range row {
			row[j] = float64(weights[j*len(bias)+class]) / math.Sqrt(float64(variance[j])+nn.BatchNormEpsilon)
			probe.Bias[class] -= row[j] * float64(mean[j])
		}
		probe.Weights[class] = row
	}
	return probe, true
}

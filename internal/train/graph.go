package train

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/framework/optim"
	"github.com/kontrast-ml/kontrast/framework/trainer"
)

// build makes the graph of a step, and keeps the error if that fails.
func (s *Stepper) build(root *model.Scope, inputs []*graph.Node) (report *graph.Node) {
	if s.failure = nn.Catch(func() { report = s.hooks(root, inputs) }); s.failure != nil {
		panic(s.failure)
	}
	return report
}

// named are the scalars of the schedules by their names.
func (s *Stepper) named(scalars *graph.Node) map[string]*graph.Node {
	named := map[string]*graph.Node{}
	for i, name := range s.scalars {
		named[name] = graph.Reshape(graph.Slice(scalars, graph.AxisRange(i, i+1)))
	}
	return named
}

// hooks calls the method's first three hooks, the gradient, the optimizer and
// the method's last hook. It returns what a step reports.
func (s *Stepper) hooks(root *model.Scope, inputs []*graph.Node) *graph.Node {
	step := s.newStep(root, inputs)
	g := step.Graph
	root.Store().SetTraining(g, true)

	method := s.setup.Method
	pairs := method.Positives(step)
	negatives := method.Negatives(step, pairs)
	loss := method.Loss(step, pairs, negatives)
	if !loss.IsScalar() {
		panic(fmt.Errorf("the loss must be a scalar, but has shape %s; reduce it to its mean", loss.Shape()))
	}
	s.chance = chance(method, negatives)
	watched := watchedPair(method, step, pairs)

	params := trainable(root.Store(), g)
	nodes := make([]*graph.Node, len(params))
	for i, v := range params {
		nodes[i] = v.NodeValue(g)
	}
	gradients := graph.Gradient(loss, nodes...)
	norm := s.optimize(step, root, params, gradients)
	method.Update(step, pairs)
	trainer.Check(step)
	report := []*graph.Node{loss, norm, embeddingStd(watched), positiveSimilarity(watched)}
	if s.setup.OnlineProbe {
		if top1 := s.onlineProbe(step, root); top1 != nil {
			report = append(report, top1)
		}
	}
	if s.setup.Loaded != nil {
		if err := Complete(root.Store(), s.setup.Loaded); err != nil {
			panic(err)
		}
	}
	return graph.Stack(report, 0)
}

func (s *Stepper) newStep(root *model.Scope, inputs []*graph.Node) *framework.Step {
	views := len(inputs)
	for i, input := range inputs {
		if input.Rank() != 4 {
			views = i
			break
		}
	}
	in := trainer.Inputs{
		Root: root, Backbone: s.setup.Backbone, Views: inputs[:views], Indices: inputs[views], Labels: inputs[views+1],
		Samples: s.setup.Samples, Classes: s.setup.Classes, Length: s.setup.Length, Scalars: s.named(inputs[views+2]),
	}
	nn.SetRandomState(root, inputs[views+3])
	for _, further := range inputs[views+4:] {
		if further.DType().IsInt() {
			in.Tokens = further
		} else {
			in.Places = append(in.Places, further)
		}
	}
	if s.setup.Images != nil {
		in.Images = graph.Gather(graph.Const(in.Indices.Graph(), s.setup.Images), graph.ExpandAxes(in.Indices, -1))
	}
	return trainer.NewStep(in)
}

// optimize hands every parameter with its gradient to the optimizer. It
// returns the norm of all gradients before clipping.
func (s *Stepper) optimize(
	step *framework.Step, root *model.Scope, params []*model.Variable, gradients []*graph.Node,
) *graph.Node {
	list := make([]optim.Param, len(params))
	for i, v := range params {
		list[i] = optim.Param{Var: v, Grad: gradients[i], Group: s.setup.Group(v), Part: step.PartOf(v)}
	}
	var norm *graph.Node
	if s.setup.Clip != nil {
		list, norm = s.setup.Clip(list)
	} else {
		norm = optim.GlobalNorm(list)
	}
	if adjuster, ok := s.setup.Method.(framework.ParameterAdjuster); ok {
		for i := range list {
			adjuster.Adjust(step, &list[i])
		}
	}
	s.setup.Optimizer.Update(root.At("optimizer"), step.Graph, list, optim.Hyper{
		LR: step.Scalar(LearningRate), BaseLR: step.Scalar(BaseLearningRate),
		WeightDecay: step.Scalar(WeightDecay), Momentum: step.Scalar(Momentum),
	})
	return norm
}

// trainable lists the trainable variables that the graph uses, by path, so
// that the order never depends on the order of construction.
func trainable(store *model.Store, g *graph.Graph) []*model.Variable {
	var params []*model.Variable
	for v := range store.IterVariables() {
		if v.Trainable && v.InUseByGraph(g) {
			params = append(params, v)
		}
	}
	slices.SortFunc(params, func(a, b *model.Variable) int { return strings.Compare(a.Path(), b.Path()) })
	return params
}

// chance is the loss of a method that tells nothing apart: ln(K+1) for K
// negatives a pair unless the method knows better, 0 without negatives.
func chance(method framework.Method, negatives *framework.Negatives) float64 {
	if negatives == nil {
		return 0
	}
	count := negatives.PerAnchor()
	if own, ok := method.(framework.ChanceLosser); ok {
		return own.LossAtChance(count)
	}
	return math.Log(float64(count + 1))
}

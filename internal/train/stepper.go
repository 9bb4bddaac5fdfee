// Package train runs the training of a method: it builds the graph of one
// step from the method's hooks, feeds it with batches, follows the schedules,
// watches for collapse, and checkpoints so that a resumed run gives the same
// numbers as one that was never cut.
package train

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/framework/optim"
	"github.com/kontrast-ml/kontrast/framework/random"
	"github.com/kontrast-ml/kontrast/framework/trainer"
)

// Names of the schedules that every training has, beside the method's own.
const (
	LearningRate     = "learning_rate"
	BaseLearningRate = "base_learning_rate" // before warm-up and decay
	WeightDecay      = "weight_decay"
	Momentum         = "momentum"
)

// Setup is what a training step is made of.
type Setup struct {
	Backend   compute.Backend
	Store     *model.Store
	Name      string // the method's name, for errors
	Method    framework.Method
	Backbone  framework.Backbone
	Optimizer optim.Optimizer
	// Schedules are the scalars that change from step to step, by name.
	// [LearningRate], [BaseLearningRate], [WeightDecay] and [Momentum] must be among them.
	Schedules map[string]optim.Schedule
	Length    framework.Length
	Samples   int // size of the training set
	Classes   int // of it; 0 without labels
	// Images are the numbers of the images that the samples show; nil if each has its own.
	Images []int32
	// Seed is the seed of the random numbers that the network draws itself, such as drop-path's.
	Seed uint64
	// Group says how the optimizer treats a parameter; it is needed.
	Group func(*model.Variable) optim.Group
	// Loaded are the variables that a checkpoint gave their values: the network
	// must have no others. Nil for a training that begins.
	Loaded map[string]bool
	// Clip clips the gradients and returns their norm before; nil for no clipping.
	Clip func([]optim.Param) ([]optim.Param, *graph.Node)
	// OnlineProbe trains a classifier of the features beside the network.
	OnlineProbe bool
}

// Stepper runs training steps. It is not safe for concurrent use.
type Stepper struct {
	setup   Setup
	scalars []string // names of the schedules, in the order of the graph's input
	exec    *model.Exec
	between *model.Exec // what the method does between epochs; nil for nothing
	chance  float64
	failure error // why the graph could not be built; nil if it could
}

// NewStepper prepares the step; its graph is built at the first Step. It is an
// error if the length has no epoch or an epoch no step.
func NewStepper(setup Setup) (*Stepper, error) {
	if setup.Length.Epochs < 1 || setup.Length.StepsPerEpoch < 1 {
		return nil, fmt.Errorf("method %s: a training of %d epochs of %d steps: there must be at least 1 of each",
			setup.Name, setup.Length.Epochs, setup.Length.StepsPerEpoch)
	}
	s := &Stepper{setup: setup}
	for name := range setup.Schedules {
		s.scalars = append(s.scalars, name)
	}
	slices.Sort(s.scalars)
	exec, err := model.NewExec(setup.Backend, setup.Store, s.build)
	if err != nil {
		return nil, fmt.Errorf("method %s: %w", setup.Name, err)
	}
	s.exec = exec
	return s, s.prepareBetween()
}

// Close releases the compiled graph. The variables stay.
func (s *Stepper) Close() {
	s.exec.Finalize()
	if s.between != nil {
		s.between.Finalize()
	}
}

// Inputs are the host-side values of one step.
type Inputs struct {
	Views   []*tensors.Tensor // [N, H, W, C] float32 each
	Indices *tensors.Tensor   // [N] int32
	Labels  *tensors.Tensor   // [N] int32
	Tokens  *tensors.Tensor   // [N, L] int32; nil for none
	Places  []*tensors.Tensor // of the views, [N, 5] float32 each; nil if they are not known
}

// Chance is the loss of a contrastive method that tells nothing apart: ln(K+1)
// for K negatives, unless the method is a [framework.ChanceLosser]; 0 for
// methods without negatives, and before the first step.
func (s *Stepper) Chance() float64 { return s.chance }

// Step runs one step of training. The schedules are evaluated at that step.
func (s *Stepper) Step(step int, in Inputs) (Measures, error) {
	if err := s.betweenEpochs(step); err != nil {
		return Measures{}, err
	}
	args := make([]any, 0, len(in.Views)+4)
	for _, view := range in.Views {
		args = append(args, view)
	}
	args = append(args, in.Indices, in.Labels, s.scalarsAt(step), s.randomState(stateKey, step))
	if in.Tokens != nil {
		args = append(args, in.Tokens)
	}
	for _, places := range in.Places {
		args = append(args, places)
	}
	results, err := s.call(s.exec, args...)
	if err != nil {
		return Measures{}, fmt.Errorf("method %s, step %d: %w", s.setup.Name, step, err)
	}
	measured := tensors.MustCopyFlatData[float32](results[0])
	finalize(results)
	m := Measures{
		Loss: float64(measured[0]), GradientNorm: float64(measured[1]),
		EmbeddingStd: float64(measured[2]), PositiveSimilarity: float64(measured[3]), OnlineTop1: -1,
	}
	if len(measured) > 4 {
		m.OnlineTop1 = float64(measured[4])
	}
	return m, nil
}

// scalarsAt are the values of the schedules at a step.
func (s *Stepper) scalarsAt(step int) *tensors.Tensor {
	values := make([]float32, len(s.scalars))
	for i, name := range s.scalars {
		values[i] = float32(s.setup.Schedules[name].At(step))
	}
	return tensors.FromFlatDataAndDimensions(values, len(values))
}

// call runs a graph, which is built at the first call.
func (s *Stepper) call(exec *model.Exec, args ...any) (results []*tensors.Tensor, err error) {
	err = nn.Catch(func() {
		var err error
		if results, err = exec.Call(args...); err != nil {
			panic(err)
		}
	})
	if err != nil && s.failure != nil { // without what the libraries between have to say
		err = s.failure
	}
	return results, err
}

func finalize(results []*tensors.Tensor) {
	for _, result := range results {
		result.MustFinalizeAll()
	}
}

// randomState is the state that the network's own random numbers of a step derive from.
func (s *Stepper) randomState(key uint64, step int) *tensors.Tensor {
	stream := random.New(s.setup.Seed, key, uint64(step))
	state := make([]uint64, compute.RNGStateShape.Size())
	for i := range state {
		state[i] = stream.Uint64()
	}
	return tensors.FromFlatDataAndDimensions(state, compute.RNGStateShape.Dimensions...)
}

// Keys that tell the streams of random states from the loader's, which have the same seed.
const (
	stateKey   = 1 << 32
	betweenKey = 1<<32 + 1
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

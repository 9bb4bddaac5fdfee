package framework

import (
	"math"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework/optim"
)

// Method is a contrastive method. Its hooks are called once, in this order,
// while the graph of a training step is built; they describe the step, they
// do not run it. A method holds its hyperparameters and no other state: what
// changes from step to step lives in variables of the step's scope.
type Method interface {
	// Positives embeds the batch and pairs every anchor with what it should be close to.
	Positives(s *Step) []Pair
	// Negatives says what the anchors should be far from: the rest of the
	// batch, a queue, a memory bank; nil for none.
	Negatives(s *Step, pairs []Pair) *Negatives
	// Loss reduces both to the scalar that is minimized.
	Loss(s *Step, pairs []Pair, negatives *Negatives) *graph.Node
	// Update is what happens after the optimizer's step: momentum encoders,
	// queues, banks, centers, clamps.
	Update(s *Step, pairs []Pair)
}

// Scheduler is implemented by methods with hyperparameters that change during
// training. Each schedule becomes a scalar input of the step's graph, read by
// [Step.Scalar], so that the graph is compiled once. A schedule of the name
// "weight_decay" is meant to take the place of the training's own.
type Scheduler interface {
	// Schedules returns the schedules by name for a training of that length.
	Schedules(length Length) map[string]optim.Schedule
}

// Length says how long a training lasts.
type Length struct {
	Epochs        int // passes over the training set, at least 1
	StepsPerEpoch int // optimizer steps in each, at least 1
	BatchSize     int // samples a step
}

// Steps is the number of optimizer steps.
func (l Length) Steps() int { return l.Epochs * l.StepsPerEpoch }

// SwitchOn is a schedule that is 0 for a number of epochs, in [0, ∞), and 1
// from then on, for [Step.Switch]. Part of an epoch is rounded to whole steps.
func SwitchOn(epochs float64, length Length) optim.Schedule {
	steps := int(min(math.Round(epochs*float64(length.StepsPerEpoch)), math.MaxInt32)) // no training is longer
	return optim.Sequence{First: optim.Constant(0), Steps: steps, Second: optim.Constant(1)}
}

// ParameterAdjuster is implemented by methods that treat some parameters
// differently in the optimizer: a predictor with a constant learning rate,
// tensors without weight decay, layers that stand still at first.
type ParameterAdjuster interface {
	// Adjust changes how the optimizer treats one parameter, whose gradient is
	// known by now. The given treatment is what the training's settings say.
	Adjust(s *Step, parameter *optim.Param)
}

// BatchChecker is implemented by hyperparameters that restrict the batch size,
// such as a queue that must be a multiple of it. They have passed the checks of
// package config when they are asked.
type BatchChecker interface {
	// CheckBatch reports, as [github.com/kontrast-ml/kontrast/framework/config.Faultf] does, what does not fit a batch
	// size of at least 1. Paths are those of the whole configuration, "method.queue".
	CheckBatch(size int) error
}

// HeadKeeper is implemented by methods of whose projection head the first layer
// is worth keeping when the network is fine-tuned (Chen et al. 2020,
// arXiv:2006.10029, §2).
type HeadKeeper interface {
	// FirstLayer maps features [N, FeatureDim] through that layer of the head
	// that lies in the online encoder's scope, with its batch norm and activation.
	FirstLayer(encoder *model.Scope, features *graph.Node) *graph.Node
}

// CollapseWatcher is implemented by methods whose embeddings say little of
// collapse as they are, such as outputs before a softmax.
type CollapseWatcher interface {
	// Watched is the pair whose spread over the batch and whose similarity the
	// training reports, and watches for collapse, instead of the first of the pairs.
	Watched(s *Step, pairs []Pair) Pair
}

// ChanceLosser is implemented by methods with negatives whose loss is not an
// InfoNCE, so that ln(K+1) is not what guessing gives.
type ChanceLosser interface {
	// LossAtChance is the loss where nothing is told apart, for that many
	// negatives an anchor; 0 if there is no such number.
	LossAtChance(negatives int) float64
}

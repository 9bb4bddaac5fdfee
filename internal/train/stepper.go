// Package train runs the training of a method: it builds the graph of one
// step from the method's hooks, feeds it with batches, follows the schedules,
// watches for collapse, and checkpoints so that a resumed run gives the same
// numbers as one that was never cut.
package train

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/framework/optim"
	"github.com/kontrast-ml/kontrast/framework/random"
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
	// Devices is how many of the backend's devices a batch is divided among, equally; 0 or 1 for one.
	Devices int
}

// Stepper runs training steps. It is not safe for concurrent use.
type Stepper struct {
	setup   Setup
	scalars []string // names of the schedules, in the order of the graph's input
	exec    *model.Exec
	devices *division   // of the batches; nil for one device
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
	if setup.Devices > 1 {
		if s.devices, err = newDivision(setup.Devices, setup.Length.BatchSize); err != nil {
			return nil, fmt.Errorf("method %s: %w", setup.Name, err)
		}
	}
	return s, s.prepareBetween()
}

// Close releases the compiled graph. The variables stay.
func (s *Stepper) Close() {
	s.exec.Finalize()
	if s.between != nil {
		s.between.Finalize()
	}
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
	results, err := s.run(step, in)
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

// run computes a step. The first of the results is its report.
func (s *Stepper) run(step int, in Inputs) ([]*tensors.Tensor, error) {
	batch, before := in.all()
	own := []*tensors.Tensor{s.scalarsAt(step), s.randomState(stateKey, step)}
	defer finalize(own)
	inputs := slices.Insert(batch, before, own...)
	if s.devices == nil {
		args := make([]any, len(inputs))
		for i, input := range inputs {
			args[i] = input
		}
		return s.call(s.exec, args...)
	}
	divided := make([]bool, len(inputs))
	for i := range divided {
		divided[i] = i < before || i >= before+len(own)
	}
	args, release, err := s.devices.divide(s.exec, inputs, divided)
	if err != nil {
		return nil, err
	}
	defer release()
	return s.call(s.exec, args...)
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

// finalize frees the memory of tensors.
func finalize(all []*tensors.Tensor) {
	for _, one := range all {
		one.MustFinalizeAll()
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

package main

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// agreement is how far two trainings in lock-step are apart.
type agreement struct {
	row      row
	Row      string
	Versions string
	Losses   distances
	Weights  distances
}

// distances are those of each step: ours from the reference, and the reference's from itself.
type distances struct{ Ours, Self []float64 }

// inLockStep trains our side beside the reference, which has been trained.
func (r row) inLockStep(
	ctx context.Context, backend compute.Backend, dataset data.Dataset, reference *reference, perEpoch int,
) (a agreement, err error) {
	method, err := r.method()
	if err != nil {
		return a, err
	}
	batches, err := r.batches(ctx, dataset, method)
	if err != nil {
		return a, err
	}
	a = agreement{
		row: r, Row: r.name, Versions: reference.Versions,
		Losses:  distances{Self: reference.SelfLosses},
		Weights: distances{Self: reference.SelfWeights},
	}
	ours, err := r.prepare(backend, method, dataset, perEpoch, reference, batches.inputs[0])
	if err != nil {
		return a, err
	}
	defer ours.close()
	for step, in := range batches.inputs {
		loss, apart, err := ours.step(step, in)
		if err != nil {
			return a, err
		}
		a.Losses.Ours = append(a.Losses.Ours, math.Abs(loss-reference.Losses[step]))
		a.Weights.Ours = append(a.Weights.Ours, apart)
	}
	for step, loss := range reference.Losses { // no float32 is nearer than its neighbor
		a.Losses.Self[step] = max(a.Losses.Self[step], math.Abs(loss)*0x1p-23)
	}
	return a, nil
}

// training is our side.
type training struct {
	store     *model.Store
	stepper   *train.Stepper
	reference *reference
}

func (r row) prepare(
	backend compute.Backend, method framework.Method, dataset data.Dataset, perEpoch int, reference *reference,
	first train.Inputs,
) (*training, error) {
	// A first step from weights of its own tells which variables the network has.
	own, err := r.newTraining(backend, method, dataset, perEpoch, nil)
	if err != nil {
		return nil, err
	}
	defer own.close()
	if _, err := own.stepper.Step(0, first); err != nil {
		return nil, err
	}
	for _, v := range reference.Start {
		variable := own.store.GetVariable(v.Path)
		if variable == nil {
			return nil, fmt.Errorf("the network has no %s, but %v", v.Path, paths(own.store))
		}
		if !slices.Equal(variable.Shape().Dimensions, v.Shape) {
			return nil, fmt.Errorf("%s: the reference's shape is %v, ours %v", v.Path, v.Shape, variable.Shape().Dimensions)
		}
	}
	return r.newTraining(backend, method, dataset, perEpoch, reference)
}

func paths(store *model.Store) []string {
	all := map[string]bool{}
	for v := range store.IterVariables() {
		all[v.Path()] = true
	}
	return slices.Sorted(maps.Keys(all))
}

// length is that of the trainings.
func length(perEpoch int) framework.Length {
	return framework.Length{Epochs: epochs, StepsPerEpoch: perEpoch, BatchSize: batchSize}
}

func (r row) newTraining(
	backend compute.Backend, method framework.Method, dataset data.Dataset, perEpoch int, from *reference,
) (*training, error) {
	backbone, err := r.network()
	if err != nil {
		return nil, err
	}
	length := length(perEpoch)
	schedules, err := r.schedules(method, length)
	if err != nil {
		return nil, err
	}
	optimizer, err := r.optimizer.New()
	if err != nil {
		return nil, err
	}
	t := &training{store: model.NewStore(), reference: from}
	if err := nn.SetSeed(t.store, 1); err != nil {
		return nil, err
	}
	if from != nil {
		for _, v := range from.Start {
			if _, err := t.store.CreateVariable(
				v.Path, tensors.FromFlatDataAndDimensions(v.values, v.Shape...),
			); err != nil {
				return nil, err
			}
		}
	}
	t.stepper, err = train.NewStepper(train.Setup{
		Backend: backend, Store: t.store, Name: r.name, Method: method, Backbone: backbone, Optimizer: optimizer,
		Schedules: schedules, Length: length, Samples: dataset.Len(), Classes: len(dataset.Classes()), Seed: 1,
		Group: r.optimizer.Group, Clip: r.optimizer.Clip,
	})
	return t, err
}

func (t *training) close() {
	if t.stepper != nil {
		t.stepper.Close()
	}
	t.store.Finalize()
}

// step trains one step, and returns the loss and the largest difference of a weight from the reference's.
func (t *training) step(step int, in train.Inputs) (loss, apart float64, err error) {
	measures, err := t.stepper.Step(step, in)
	if err != nil {
		return 0, 0, err
	}
	for path, want := range t.reference.weights(step) {
		value, err := t.store.GetVariable(path).Value()
		if err != nil {
			return 0, 0, err
		}
		for i, got := range tensors.MustCopyFlatData[float32](value) {
			apart = max(apart, math.Abs(float64(got)-float64(want[i])))
		}
	}
	return measures.Loss, apart, nil
}

package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/augment"
	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/framework/optim"
	"github.com/kontrast-ml/kontrast/framework/trainer"
	"github.com/kontrast-ml/kontrast/internal/eval/transfer"
	"github.com/kontrast-ml/kontrast/internal/loader"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// samples is the size of the training set, which decides that of memory banks.
const samples = 50_000

// bench is what the methods of a table share.
type bench struct {
	backend     compute.Backend
	network     framework.Backbone
	size, batch int
	heads       bool                 // bare steps have the method's heads
	now         func() time.Duration // the clock
}

// method is the training of a method, with its default settings and the views of its paper, on random images.
type method struct {
	framework.Method
	store   *model.Store
	stepper *train.Stepper
	in      train.Inputs
	watched *watch
}

func (b *bench) newMethod(factory framework.Factory) (*method, error) {
	made, err := factory.New(factory.Defaults())
	if err != nil {
		return nil, err
	}
	m := &method{Method: made, watched: &watch{network: b.network}}
	if err := m.prepare(b, made); err != nil {
		return nil, err
	}
	return m, m.makeInputs(factory.RecipeFor(b.size), b)
}

// newPasses makes the training of the passes of a method and nothing else, on the same images.
func (b *bench) newPasses(of *method) (*method, error) {
	m := &method{Method: of.Method, watched: &watch{network: b.network}, in: of.in}
	return m, m.prepare(b, onlyPasses{of.Method})
}

// prepare makes the stepper of hooks that are the method's, or of some of them.
func (m *method) prepare(b *bench, hooks framework.Method) error {
	settings := train.Defaults()
	settings.BatchSize = b.batch
	length := framework.Length{Epochs: 10, StepsPerEpoch: samples / b.batch, BatchSize: b.batch}
	schedules, err := settings.Schedules(length)
	if err != nil {
		return err
	}
	if scheduler, ok := m.Method.(framework.Scheduler); ok {
		for name, schedule := range scheduler.Schedules(length) {
			schedules[name] = schedule
		}
	}
	m.store = model.NewStore()
	m.stepper, err = train.NewStepper(train.Setup{
		Backend: b.backend, Store: m.store, Name: "measured", Method: hooks,
		Backbone:  framework.Adapted(m.Method, m.watched.backbone(), data.ImageNet),
		Optimizer: optim.SGD{}, Schedules: schedules, Group: settings.Optimizer.Group, Length: length, Samples: samples,
		Classes: classes,
	})
	return err
}

func (m *method) makeInputs(recipeName string, b *bench) error {
	recipe, err := augment.Named(recipeName, b.size)
	if err != nil {
		return err
	}
	for _, size := range recipe.Sizes() {
		m.in.Views = append(m.in.Views, randomImages(b.batch, size, size, 3))
		places := make([]float32, 0, b.batch*loader.PlaceSize)
		for range b.batch { // the whole image
			places = append(places, 0, 0, float32(b.size), float32(b.size), 0)
		}
		m.in.Places = append(m.in.Places, tensors.FromFlatDataAndDimensions(places, b.batch, loader.PlaceSize))
	}
	indices, labels := make([]int32, b.batch), make([]int32, b.batch)
	for i := range indices {
		indices[i], labels[i] = int32(i), int32(i%classes)
	}
	m.in.Indices = tensors.FromFlatDataAndDimensions(indices, b.batch)
	m.in.Labels = tensors.FromFlatDataAndDimensions(labels, b.batch)
	if captioned, ok := m.Method.(framework.CaptionMethod); ok {
		texts := slices.Collect(
			transfer.Captions(data.NewShapes(data.ShapesParams{Train: b.batch, Size: b.size, Seed: 1}, data.Train)),
		)
		captions, err := trainer.NewCaptions(captioned, slices.Values(texts))
		if err != nil {
			return err
		}
		m.in.Tokens = captions.Batch(texts)
	}
	return nil
}

func randomImages(dims ...int) *tensors.Tensor {
	pixels := make([]float32, dims[0]*dims[1]*dims[2]*dims[3])
	random := rand.New(rand.NewPCG(1, uint64(len(pixels))))
	for i := range pixels {
		pixels[i] = float32(random.NormFloat64())
	}
	return tensors.FromFlatDataAndDimensions(pixels, dims...)
}

// step makes step number i of the training.
func (m *method) step(i int) error {
	_, err := m.stepper.Step(i, m.in)
	return err
}

func (m *method) close() {
	m.stepper.Close()
	m.store.Finalize()
}

// passes lists the passes of the backbone in a step.
func (m *method) passes() string {
	var list []string
	for _, p := range m.watched.passes {
		what := "forward"
		if p.trained {
			what = "forward-backward"
		}
		seen := ""
		if p.kept > 0 {
			seen = fmt.Sprintf(", %d patches of each", p.kept)
		}
		list = append(list, fmt.Sprintf("%s of %d×%d²%s", what, p.dims[0], p.dims[1], seen))
	}
	return strings.Join(list, ", ")
}

package methodtest

import (
	"context"
	"errors"
	"iter"
	"testing"
	"time"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/augment"
	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/framework/optim"
	"github.com/kontrast-ml/kontrast/framework/trainer"
	"github.com/kontrast-ml/kontrast/internal/eval/transfer"
	"github.com/kontrast-ml/kontrast/internal/loader"
	"github.com/kontrast-ml/kontrast/internal/testbackend"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// Training is a small training on generated images, as the framework runs it:
// the same step, loop, alarms and checkpoints.
type Training struct {
	Method   framework.Method
	Backbone framework.Backbone
	Recipe   string // of the views
	// Samples is the size of the training set, 0 for 64; Batch that of a batch,
	// 0 for 16; Size the side of a view in pixels, 0 for 16.
	Samples, Batch, Size int
	Epochs               int // at least 1
	// FixedViews makes the views of a sample the same in every epoch.
	FixedViews bool
	Optimizer  optim.Optimizer // nil for SGD
	Rate       float64         // the learning rate, constant
	Decay      float64         // the weight decay

	observe func(step int, store *model.Store) // called after each step; nil for nothing
	cut     int                                // steps after which the training is interrupted; 0 for never
	folder  string                             // of the checkpoints, from the latest of which the training goes on
	spy     framework.Method                   // takes the method's place in the step's graph; nil for none
}

// Result is what a training came to.
type Result struct {
	Measures []train.Measures // of each step
	Alarms   []train.Alarm
}

// Losses are the mean losses of each epoch of that many steps.
func (r Result) Losses(stepsPerEpoch int) []float64 {
	losses := make([]float64, len(r.Measures)/stepsPerEpoch)
	for step, m := range r.Measures[:len(losses)*stepsPerEpoch] {
		losses[step/stepsPerEpoch] += m.Loss / float64(stepsPerEpoch)
	}
	return losses
}

// Raised reports whether an alarm of that kind was raised.
func (r Result) Raised(kind train.AlarmKind) bool {
	for _, alarm := range r.Alarms {
		if alarm.Kind == kind {
			return true
		}
	}
	return false
}

// Run trains and fails the test if that fails.
func (tr Training) Run(t testing.TB) Result {
	t.Helper()
	store := model.NewStore()
	defer store.Finalize()
	if err := nn.SetSeed(store, 1); err != nil {
		t.Fatal(err)
	}
	tr.fill(t)
	saves := train.Checkpoints{Folder: tr.folder, Keep: 1}
	from, skipped, err := saves.Restore(store)
	if err != nil || len(skipped) > 0 {
		t.Fatalf("restore: %v, passed over %v", err, skipped)
	}
	set := tr.open(t)
	batches := tr.loader(t, set)
	length := framework.Length{Epochs: tr.Epochs, StepsPerEpoch: batches.StepsPerEpoch(), BatchSize: tr.Batch}
	hooks := tr.Method
	if tr.spy != nil {
		hooks = tr.spy
	}
	stepper, err := train.NewStepper(train.Setup{
		Backend: testbackend.New(t), Store: store, Name: t.Name(), Method: hooks, Backbone: tr.Backbone,
		Optimizer: tr.Optimizer, Schedules: tr.schedules(length), Length: length, Samples: tr.Samples,
		Classes: len(set.Classes()), Group: func(v *model.Variable) optim.Group {
			return optim.Group{NoDecay: optim.IsBiasOrNorm(v)}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer stepper.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	recorder := &recorder{training: tr, store: store, cancel: cancel}
	loop := train.Loop{
		Stepper: stepper, Checkpoints: saves, Now: time.Now, Observer: recorder,
		Batches: func(ctx context.Context, epoch, step int) iter.Seq2[*loader.Batch, error] {
			return tr.batches(ctx, batches, length, epoch, step)
		},
	}
	if method, ok := tr.Method.(framework.CaptionMethod); ok {
		if loop.Captions, err = trainer.NewCaptions(method, transfer.Captions(set)); err != nil {
			t.Fatal(err)
		}
	}
	if err := loop.Run(ctx, from); err != nil && !(tr.cut > 0 && errors.Is(err, train.ErrInterrupted)) {
		t.Fatal(err)
	}
	return recorder.Result
}

// fill replaces zeros by what they mean.
func (tr *Training) fill(t testing.TB) {
	for value, otherwise := range map[*int]int{&tr.Samples: 64, &tr.Batch: 16, &tr.Size: 16} {
		if *value == 0 {
			*value = otherwise
		}
	}
	tr.Backbone = framework.Adapted(tr.Method, tr.Backbone, data.ImageNet)
	if tr.Optimizer == nil {
		tr.Optimizer = optim.SGD{}
	}
	if tr.folder == "" {
		tr.folder = t.TempDir()
	}
}

func (tr Training) schedules(length framework.Length) map[string]optim.Schedule {
	schedules := map[string]optim.Schedule{
		train.LearningRate: optim.Constant(tr.Rate), train.BaseLearningRate: optim.Constant(tr.Rate),
		train.WeightDecay: optim.Constant(tr.Decay), train.Momentum: optim.Constant(0.9),
	}
	if scheduler, ok := tr.Method.(framework.Scheduler); ok {
		for name, schedule := range scheduler.Schedules(length) {
			schedules[name] = schedule
		}
	}
	return schedules
}

// open opens the training set of generated shapes.
func (tr Training) open(t testing.TB) data.Dataset {
	t.Helper()
	var shapes data.Factory
	for _, factory := range data.Builtin() {
		if factory.Name == "shapes" {
			shapes = factory
		}
	}
	params := shapes.Defaults().(*data.ShapesParams)
	params.Train, params.Size = tr.Samples, tr.Size
	set, err := shapes.Open(t.Context(), params, data.Train, data.Env{})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// loader makes batches of views.
func (tr Training) loader(t testing.TB, set data.Dataset) *loader.Loader {
	t.Helper()
	recipe, err := augment.Named(tr.Recipe, tr.Size)
	if err != nil {
		t.Fatal(err)
	}
	pipeline, err := augment.Compile(recipe, data.ImageNet)
	if err != nil {
		t.Fatal(err)
	}
	_, captions := tr.Method.(framework.CaptionMethod)
	made, err := loader.New(set, pipeline, loader.Config{
		Batch: tr.Batch, Seed: 1, Workers: 1, Shuffle: true, DropLast: true, Captions: captions,
	})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// batches yields the batches from a step of an epoch on to the end of the training.
func (tr Training) batches(
	ctx context.Context, from *loader.Loader, length framework.Length, epoch, step int,
) iter.Seq2[*loader.Batch, error] {
	return func(yield func(*loader.Batch, error) bool) {
		for ; epoch < length.Epochs; epoch, step = epoch+1, 0 {
			source := epoch
			if tr.FixedViews {
				source = 0
			}
			for batch, err := range from.Batches(ctx, source, step) {
				if batch != nil && batch.Epoch != source {
					break
				}
				if !yield(batch, err) {
					return
				}
			}
		}
	}
}

// recorder observes a training for a Result.
type recorder struct {
	Result
	training Training
	store    *model.Store
	cancel   context.CancelFunc
}

func (r *recorder) Step(step int, measures train.Measures, _ float64) error {
	r.Measures = append(r.Measures, measures)
	if r.training.observe != nil {
		r.training.observe(step, r.store)
	}
	if step+1 == r.training.cut {
		r.cancel()
	}
	return nil
}

func (r *recorder) Alarm(alarm train.Alarm) error {
	r.Alarms = append(r.Alarms, alarm)
	return nil
}

func (r *recorder) Checkpoint(int) error { return nil }

func (r *recorder) Epoch(context.Context, int, int) error { return nil }

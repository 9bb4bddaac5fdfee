package train

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/augment"
	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/framework/optim"
	"github.com/kontrast-ml/kontrast/internal/loader"
	"github.com/kontrast-ml/kontrast/internal/testbackend"
)

// pixels is a backbone of one linear layer.
type pixels struct{}

func (pixels) Embed(scope *model.Scope, images *graph.Node) *graph.Node {
	flat := graph.Reshape(images, images.Shape().Dimensions[0], -1)
	weight := nn.Parameter(scope, images.Graph(), "weight", nn.KaimingUniform(1), flat.Shape().Dimensions[1], 4)
	return graph.DotProduct(flat, weight)
}

func (pixels) FeatureDim() int { return 4 }

// echo is a method whose loss is a schedule of its own, so that a step tells what it was given.
type echo struct{ built int }

func (e *echo) Positives(s *framework.Step) []framework.Pair {
	e.built++
	z := s.Backbone(s.Online(), s.Views[0])
	return []framework.Pair{{Anchor: z, Positive: z}}
}

func (e *echo) Negatives(*framework.Step, []framework.Pair) *framework.Negatives { return nil }

func (e *echo) Loss(s *framework.Step, pairs []framework.Pair, _ *framework.Negatives) *graph.Node {
	return graph.Add(s.Scalar("echo"), graph.MulScalar(graph.ReduceAllMean(pairs[0].Anchor), 0))
}

func (e *echo) Update(*framework.Step, []framework.Pair) {}

// values is a schedule that lists its values.
type values []float64

func (v values) At(step int) float64 { return v[step] }

// diary is an observer that writes down its calls.
type diary struct {
	calls  []string
	losses []float64
	after  func(call string) error // nil for nothing
}

func (d *diary) note(format string, args ...any) error {
	call := fmt.Sprintf(format, args...)
	d.calls = append(d.calls, call)
	if d.after == nil {
		return nil
	}
	return d.after(call)
}

func (d *diary) Step(step int, m Measures, rate float64) error {
	d.losses = append(d.losses, m.Loss)
	return d.note("step %d at %g", step, rate)
}
func (d *diary) Alarm(a Alarm) error        { return d.note("alarm %s", a.Kind) }
func (d *diary) Checkpoint(steps int) error { return d.note("checkpoint %d", steps) }
func (d *diary) Epoch(_ context.Context, epoch, steps int) error {
	return d.note("epoch %d after %d", epoch, steps)
}

// newLoop makes a training of two epochs of two steps.
func newLoop(t *testing.T, method *echo, observer *diary, losses values) *Loop {
	t.Helper()
	set := shapes(t, 8)
	recipe, err := augment.Named("none", 8)
	if err != nil {
		t.Fatal(err)
	}
	pipeline, err := augment.Compile(recipe, data.ImageNet)
	if err != nil {
		t.Fatal(err)
	}
	batches, err := loader.New(
		set, pipeline, loader.Config{Batch: 4, Seed: 1, Epochs: 2, Workers: 1, Shuffle: true, DropLast: true},
	)
	if err != nil {
		t.Fatal(err)
	}
	store := model.NewStore()
	t.Cleanup(store.Finalize)
	if err := nn.SetSeed(store, 1); err != nil {
		t.Fatal(err)
	}
	length := framework.Length{Epochs: 2, StepsPerEpoch: 2, BatchSize: 4}
	stepper, err := NewStepper(Setup{
		Backend: testbackend.New(t), Store: store, Name: "echo", Method: method, Backbone: pixels{}, Optimizer: optim.SGD{},
		Schedules: map[string]optim.Schedule{
			LearningRate: values{0.5, 0.25, 0.125, 0}, BaseLearningRate: optim.Constant(0.5),
			WeightDecay: optim.Constant(0), Momentum: optim.Constant(0.9), "echo": losses,
		},
		Length: length, Samples: 8, Group: func(*model.Variable) optim.Group { return optim.Group{} },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stepper.Close)
	return &Loop{
		Stepper: stepper, Checkpoints: Checkpoints{Folder: t.TempDir(), Keep: 9}, Batches: batches.Batches,
		Config: Config{Checkpoint: CheckpointConfig{EverySteps: 3}}, Now: func() time.Time { return time.Time{} },
		Observer: observer,
	}
}

// shapes is a set of generated images of 8 pixels.
func shapes(t *testing.T, count int) data.Dataset {
	t.Helper()
	for _, factory := range data.Builtin() {
		if factory.Name != "shapes" {
			continue
		}
		params := factory.Defaults().(*data.ShapesParams)
		params.Train, params.Size = count, 8
		set, err := factory.Open(t.Context(), params, data.Train, data.Env{})
		if err != nil {
			t.Fatal(err)
		}
		return set
	}
	t.Fatal("there is no data set shapes")
	return nil
}

func expect(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("calls %q,\nwant %q", got, want)
	}
}

func TestLoopCallsInOrder(t *testing.T) {
	method, observer := &echo{}, &diary{}
	loop := newLoop(t, method, observer, values{4, 3, 2, 1})
	if err := loop.Run(t.Context(), Position{}); err != nil {
		t.Fatal(err)
	}
	expect(t, observer.calls,
		"step 0 at 0.5", "step 1 at 0.25", "epoch 1 after 2",
		"step 2 at 0.125", "checkpoint 3", "step 3 at 0", "checkpoint 4", "epoch 2 after 4")
	if want := []float64{4, 3, 2, 1}; !slices.Equal(observer.losses, want) {
		t.Errorf("losses %v, want those of the schedule, %v", observer.losses, want)
	}
	if method.built != 1 {
		t.Errorf("the graph was built %d times; schedules are inputs, so that once is enough", method.built)
	}
}

func TestCheckpointsAreDueByTime(t *testing.T) {
	observer := &diary{}
	loop := newLoop(t, &echo{}, observer, values{4, 3, 2, 1})
	loop.Config.Checkpoint = CheckpointConfig{Every: time.Minute}
	now := time.Time{}
	loop.Now = func() time.Time { return now }
	observer.after = func(call string) error {
		if strings.HasPrefix(call, "step") {
			now = now.Add(40 * time.Second)
		}
		return nil
	}
	if err := loop.Run(t.Context(), Position{}); err != nil {
		t.Fatal(err)
	}
	expect(t, observer.calls,
		"step 0 at 0.5", "step 1 at 0.25", "checkpoint 2", "epoch 1 after 2",
		"step 2 at 0.125", "step 3 at 0", "checkpoint 4", "epoch 2 after 4")
}

func TestLoopFinishesTheStepWhenInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	observer := &diary{after: func(call string) error {
		if call == "step 0 at 0.5" {
			cancel()
		}
		return nil
	}}
	loop := newLoop(t, &echo{}, observer, values{4, 3, 2, 1})
	if err := loop.Run(ctx, Position{}); !errors.Is(err, ErrInterrupted) {
		t.Fatalf("error %v, want ErrInterrupted", err)
	}
	expect(t, observer.calls, "step 0 at 0.5", "checkpoint 1")
	if steps, err := latest(loop.Checkpoints); steps != 1 || err != nil {
		t.Errorf("the checkpoint is of step %d, error %v; want 1", steps, err)
	}
}

func TestLoopResumesAtAnEpochsEnd(t *testing.T) {
	observer := &diary{}
	loop := newLoop(t, &echo{}, observer, values{4, 3, 2, 1})
	if err := loop.Run(t.Context(), Position{Steps: 2}); err != nil {
		t.Fatal(err)
	}
	expect(t, observer.calls, "epoch 1 after 2", "step 2 at 0.125", "checkpoint 3", "step 3 at 0", "checkpoint 4",
		"epoch 2 after 4")
}

// TestWhatFailsBesideTheTrainingLosesNoStep fails in an evaluation on the way,
// in the last one and in making a batch.
func TestWhatFailsBesideTheTrainingLosesNoStep(t *testing.T) {
	fault := errors.New("a class has too few samples")
	for failing, want := range map[string]int{"epoch 1 after 2": 2, "epoch 2 after 4": 4, "batch": 1} {
		observer := &diary{after: func(call string) error {
			if call == failing {
				return fault
			}
			return nil
		}}
		loop := newLoop(t, &echo{}, observer, values{4, 3, 2, 1})
		if failing == "batch" {
			batches := loop.Batches
			loop.Batches = func(ctx context.Context, epoch, step int) iter.Seq2[*loader.Batch, error] {
				return func(yield func(*loader.Batch, error) bool) {
					for batch, err := range batches(ctx, epoch, step) {
						if len(observer.losses) == 1 {
							batch, err = nil, fault
						}
						if !yield(batch, err) {
							return
						}
					}
				}
			}
		}
		if err := loop.Run(t.Context(), Position{}); !errors.Is(err, fault) {
			t.Errorf("%s: error %v, want %v", failing, err, fault)
		}
		if steps, err := latest(loop.Checkpoints); steps != want || err != nil {
			t.Errorf("%s: the checkpoint is of step %d, error %v; want %d", failing, steps, err, want)
		}
	}
}

func TestATrainingThatIsDoneIsOnlyEvaluated(t *testing.T) {
	observer := &diary{}
	if err := newLoop(t, &echo{}, observer, values{4, 3, 2, 1}).Run(t.Context(), Position{Steps: 4}); err != nil {
		t.Fatal(err)
	}
	expect(t, observer.calls, "epoch 2 after 4")
}

// TestACheckpointMustHaveEveryVariable goes on with one that lacks the network's only weight.
func TestACheckpointMustHaveEveryVariable(t *testing.T) {
	whole := newLoop(t, &echo{}, &diary{}, values{4, 3, 2, 1})
	if err := whole.Run(t.Context(), Position{}); err != nil {
		t.Fatal(err)
	}
	loaded := Variables(whole.Stepper.setup.Store)
	delete(loaded, "/online/backbone/weight")
	loop := newLoop(t, &echo{}, &diary{}, values{4, 3, 2, 1})
	loop.Stepper.setup.Loaded = loaded
	if err := loop.Run(t.Context(), Position{Steps: 1}); !errors.Is(err, ErrForeign) ||
		!strings.Contains(err.Error(), "/online/backbone/weight") {
		t.Errorf("error %v, want ErrForeign that names the weight", err)
	}
}

func TestLoopStopsWhereTheLossIsNotFinite(t *testing.T) {
	observer := &diary{}
	loop := newLoop(t, &echo{}, observer, values{4, math.Inf(1), 2, 1})
	if err := loop.Run(t.Context(), Position{}); !errors.Is(err, ErrNotFinite) {
		t.Fatalf("error %v, want ErrNotFinite", err)
	}
	expect(t, observer.calls, "step 0 at 0.5", "step 1 at 0.25", "alarm not-finite")
	for first, want := range map[float64]string{4: "try a lower learning rate",
		math.NaN(): "no update was made yet: look at the method's own settings"} {
		err := newLoop(t, &echo{}, &diary{}, values{first, math.Inf(1), 2, 1}).Run(t.Context(), Position{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("a first loss of %v: error %v, want one with %q", first, err, want)
		}
	}
	if steps, err := latest(loop.Checkpoints); steps != 0 || err != nil {
		t.Errorf("a checkpoint of step %d, error %v; want none of after the fault", steps, err)
	}
}

// broken is a method that splits a batch into parts that it does not have.
type broken struct{ echo }

func (b *broken) Positives(s *framework.Step) []framework.Pair {
	framework.Split(s.Views[0], 3)
	return nil
}

func TestAStepThatCannotBeBuiltSaysWhy(t *testing.T) {
	loop := newLoop(t, &echo{}, &diary{}, values{4, 3, 2, 1})
	loop.Stepper.setup.Method = &broken{}
	want := "method echo, step 0: a batch of 4 samples can't be split into 3 equal parts; choose a batch size that is a " +
		"multiple of 3"
	if err := loop.Run(t.Context(), Position{}); err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	setup := loop.Stepper.setup
	setup.Length = framework.Length{Epochs: 2}
	if _, err := NewStepper(setup); err == nil || !strings.Contains(err.Error(), "a training of 2 epochs of 0 steps") {
		t.Errorf("epochs without steps: error %v", err)
	}
	setup.Length, setup.Devices = framework.Length{Epochs: 2, StepsPerEpoch: 2, BatchSize: 4}, 3
	if _, err := NewStepper(setup); err == nil || !strings.Contains(err.Error(), "4 can't be divided among 3 devices") {
		t.Errorf("a batch that can't be divided: error %v", err)
	}
}

func TestLoopReturnsTheObserversError(t *testing.T) {
	full := errors.New("the disk is full")
	observer := &diary{after: func(call string) error {
		if call == "checkpoint 3" {
			return full
		}
		return nil
	}}
	if err := newLoop(t, &echo{}, observer, values{4, 3, 2, 1}).Run(t.Context(), Position{}); !errors.Is(err, full) {
		t.Errorf("error %v, want %v", err, full)
	}
}

// The clock goes on by a second where a batch is made and by three where a step is observed.
func TestLoopTellsHowLongItWaitedForData(t *testing.T) {
	now := time.Unix(0, 0)
	observer := &diary{after: func(call string) error {
		switch {
		case strings.HasPrefix(call, "step"):
			now = now.Add(3 * time.Second)
		default: // evaluations and checkpoints are neither
			now = now.Add(time.Hour)
		}
		return nil
	}}
	loop := newLoop(t, &echo{}, observer, values{4, 3, 2, 1})
	loop.Now = func() time.Time { return now }
	batches := loop.Batches
	loop.Batches = func(ctx context.Context, epoch, step int) iter.Seq2[*loader.Batch, error] {
		return func(yield func(*loader.Batch, error) bool) {
			for batch, err := range batches(ctx, epoch, step) {
				now = now.Add(time.Second)
				if !yield(batch, err) {
					return
				}
			}
		}
	}
	if err := loop.Run(t.Context(), Position{}); err != nil {
		t.Fatal(err)
	}
	if loop.Waited != 4*time.Second || loop.Worked != 12*time.Second || loop.DataWait() != 0.25 {
		t.Errorf("waited %v, worked %v, share %v; want 4s, 12s and 0.25", loop.Waited, loop.Worked, loop.DataWait())
	}
}

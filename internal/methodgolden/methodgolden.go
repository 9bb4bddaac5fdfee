// Package methodgolden trains a method for the few steps that the reference
// implementations were trained for, on the same tiny encoder, weights and
// images, and compares losses, gradients' effects, batch-norm statistics and
// the method's own state with theirs.
//
// The package is imported by tests only.
package methodgolden

import (
	"fmt"
	"slices"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/optim"
	"github.com/kontrast-ml/kontrast/internal/golden"
	"github.com/kontrast-ml/kontrast/internal/testbackend"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// Training is a reference training and how to repeat it.
type Training struct {
	Family, Case string
	Method       framework.Method
	// Backbone is Encoder for the convolutional encoder of most cases.
	Backbone framework.Backbone
	// Views lists the orders of the views that the method sees, in its order; nil is 0, 1.
	Views []int
	// Rename maps the start of a reference parameter's name to the path that
	// its variables have here, the longest first: "encoder_q.fc." to
	// "online/projector/linear0/". The rest of the name is mapped by Name.
	Rename map[string]string
	// Optimizer, Rate and Group are the reference's.
	Optimizer optim.Optimizer
	Group     func(*model.Variable) optim.Group
	Schedules map[string]optim.Schedule
	// Clip clips the gradients; nil for none.
	Clip func([]optim.Param) ([]optim.Param, *graph.Node)
	// Start sets further variables before the first step, by path.
	Start map[string]golden.Tensor
	// Samples is the size of the training set; 0 for one batch.
	Samples int
	// Classes is the number of classes of the training set; Labels are those of a
	// step, nil for the samples' indices.
	Classes int
	Labels  func(step int) []int32
	// Indices are the samples of a step; nil for the first ones, 0, 1, ….
	Indices func(step int) []int32
	// Plain lists parameters of two axes that are no weights (out, in): tables and
	// projections, which have the same layout here.
	Plain []string
	// Ignore lists parameters of the reference that the method does without.
	Ignore []string
	// Skip lists sets of outputs, such as "ema_after_step1", that are of
	// another moment of the step.
	Skip []string
}

// parameterSets are the outputs that hold parameters or buffers after a step.
var parameterSets = []struct {
	key  string
	step int // 0 is the last
}{
	{"params_after_step1", 1}, {"ema_after_step1", 1},
	{"params_final", 0}, {"ema_final", 0}, {"bn_buffers_final", 0},
}

// Result reads the variables after the last step.
type Result struct {
	store *model.Store
}

// Values returns the values of the variable at the path.
func (r Result) Values(t testing.TB, path string) []float32 {
	t.Helper()
	return tensorOf(t, r.store, path).Float32()
}

// Run repeats the training and compares. It returns the state after the last step.
func (tr Training) Run(t *testing.T) Result {
	t.Helper()
	c := golden.Load(t, tr.Family).Case(t, tr.Case)
	steps := golden.Decode[int](t, c.Params, "steps")
	batch := golden.Decode[int](t, c.Params, "batch")
	seed := golden.Decode[uint64](t, c.Params, "fill_seed")
	store := model.NewStore()
	t.Cleanup(store.Finalize)
	tr.setParameters(t, c, store, seed)
	for path, value := range tr.Start {
		tr.set(t, store, path, value)
	}
	samples := max(tr.Samples, batch)
	stepper, err := train.NewStepper(train.Setup{
		Backend: testbackend.New(t), Store: store, Name: tr.Case, Method: tr.Method, Backbone: tr.Backbone,
		Optimizer: tr.Optimizer, Schedules: tr.Schedules, Group: tr.Group, Clip: tr.clip(store),
		Length: framework.Length{Epochs: 1, StepsPerEpoch: steps, BatchSize: batch}, Samples: samples, Classes: tr.Classes,
		Devices: testbackend.Devices(),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer stepper.Close()

	losses := make([]float32, steps)
	for step := range steps {
		measures, err := stepper.Step(step, tr.inputs(t, c, seed, step))
		if err != nil {
			t.Fatal(err)
		}
		losses[step] = float32(measures.Loss)
		if step == 0 {
			tr.compareGradients(t, c, store, seed)
		}
		for _, set := range parameterSets {
			if set.step == step+1 || set.step == 0 && step == steps-1 {
				tr.compare(t, c, store, seed, set.key)
			}
		}
	}
	if _, found := c.Outputs["self_distances"]; found {
		inLockStep(t, losses, c.Output(t, "losses").Data, c.Output(t, "self_distances").Data)
	} else {
		golden.Near(t, "losses", losses, c.Output(t, "losses"), 1e-4)
	}
	return Result{store}
}

// gradients is where the gradients of the latest step are kept, below it as their parameters.
const gradients = "/gradients"

// clip keeps the gradients in the store before it clips them.
func (tr Training) clip(store *model.Store) func(params []optim.Param) ([]optim.Param, *graph.Node) {
	return func(params []optim.Param) ([]optim.Param, *graph.Node) {
		for _, p := range params {
			scope := store.Scope(gradients + p.Var.Scope())
			scope.VariableWithValue(p.Var.Name(), tensors.FromShape(p.Var.Shape())).SetTrainable(false).SetNodeValue(p.Grad)
		}
		if tr.Clip != nil {
			return tr.Clip(params)
		}
		return params, optim.GlobalNorm(params)
	}
}

// compareGradients compares those of the first step. What is vanishing beside the largest is rounding noise.
func (tr Training) compareGradients(t *testing.T, c *golden.Case, store *model.Store, seed uint64) {
	t.Helper()
	orders := orders(t, c)
	if len(c.Grads) == 0 {
		return
	}
	want := golden.Decode[map[string]golden.Summary](t, c.Grads, "step1")
	largest := 0.0
	for _, gradient := range want {
		largest = max(largest, gradient.L2)
	}
	for name, gradient := range want {
		if slices.Contains(tr.Ignore, name) {
			continue
		}
		got := tr.referenceLayout(name, tensorOf(t, store, gradients+tr.path(t, name)))
		if gradient.L2 < vanishing*largest {
			if off := golden.Distance(
				got.Float32(), golden.Tensor{Data: make([]float64, len(got.Data))},
			); off > vanishing*largest {
				t.Errorf("gradient of %s is zero in exact arithmetic, got a largest value of %.3g", name, off)
			}
			continue
		}
		gradient.Near(t, "gradient of "+name, got, seed, orders[name], 1e-3)
	}
}

// vanishing is a norm that is rounding noise: of what is zero in exact
// arithmetic, such as the mean of what a batch norm has centered.
const vanishing = 1e-6

// inputs makes the images of a step.
func (tr Training) inputs(t *testing.T, c *golden.Case, seed uint64, step int) train.Inputs {
	batch := golden.Decode[int](t, c.Params, "batch")
	size := golden.Decode[int](t, c.Params, "image_size")
	base, based := baseOf(t, c)
	indices := make([]int32, batch)
	for i := range indices {
		indices[i] = int32(i)
		if based {
			indices[i] = int32((step*batch + i) % base.Samples)
		}
	}
	if tr.Indices != nil {
		indices = tr.Indices(step)
	}
	in := train.Inputs{}
	views := tr.Views
	if views == nil {
		views = []int{0, 1}
	}
	for _, view := range views {
		if view == 2 { // the first of the small crops
			size = golden.Decode[int](t, c.Params, "local_size")
		}
		image := golden.Filled{Shape: []int{batch, 3, size, size}, Order: uint64(1000000 + 10*step + view), Scale: 1}
		x := image.Tensor(seed)
		if based {
			x = base.with(x, seed, indices)
		}
		x = x.Permute(0, 2, 3, 1)
		in.Views = append(in.Views, tensors.FromFlatDataAndDimensions(x.Float32(), x.Shape...))
	}
	if _, found := c.Inputs["places"]; found { // [steps, views, N, 5]
		all := c.Input(t, "places").Float32()
		each := batch * 5
		for view := range views {
			from := (step*len(views) + view) * each
			in.Places = append(in.Places, tensors.FromFlatDataAndDimensions(all[from:from+each], batch, 5))
		}
	}
	in.Indices = tensors.FromFlatDataAndDimensions(indices, batch)
	labels := slices.Clone(indices)
	if tr.Labels != nil {
		labels = tr.Labels(step)
	}
	in.Labels = tensors.FromFlatDataAndDimensions(labels, batch)
	if _, found := c.Inputs["tokens"]; found { // [steps, N, L]
		tokens := c.Input(t, "tokens")
		length := tokens.Shape[2]
		ids := make([]int32, batch*length)
		for i := range ids {
			ids[i] = int32(tokens.Data[step*len(ids)+i])
		}
		in.Tokens = tensors.FromFlatDataAndDimensions(ids, batch, length)
	}
	return in
}

func (tr Training) compare(t *testing.T, c *golden.Case, store *model.Store, seed uint64, key string) {
	t.Helper()
	if _, found := c.Outputs[key]; !found || slices.Contains(tr.Skip, key) {
		return
	}
	noise := golden.Decode[struct {
		Loose map[string]float64 `json:"loose_tensors"`
	}](t, c.Params, "reference_noise")
	orders := orders(t, c)
	for name, want := range golden.Decode[map[string]golden.Summary](t, c.Outputs, key) {
		if slices.Contains(tr.Ignore, name) {
			continue
		}
		order, trained := orders[name]
		if !trained {
			want.Dot = nil // of a copy: its order is its original's
		}
		path := tr.path(t, name)
		if want.L2 < vanishing {
			got := tensorOf(t, store, path)
			if largest := golden.Distance(
				got.Float32(), golden.Tensor{Data: make([]float64, len(got.Data))},
			); largest > vanishing {
				t.Errorf("%s: %s is zero in exact arithmetic, got a largest value of %.3g", key, path, largest)
			}
			continue
		}
		want.Near(t, fmt.Sprintf("%s: %s", key, path), tr.referenceLayout(name, tensorOf(t, store, path)), seed, order,
			max(10*noise.Loose[name], 1e-4))
	}
}

// Steps is a schedule given step by step.
type Steps []float64

// At returns the value of a step.
func (s Steps) At(step int) float64 { return s[step] }

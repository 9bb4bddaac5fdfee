// Package methodtest checks that a method keeps the rules that the framework
// relies on. The built-in methods are held to it, and so should be any other:
//
//	func TestConformance(t *testing.T) {
//		methodtest.Run(t, mymethod.Factory, methodtest.Options{
//			Params:  &mymethod.Params{Temperature: 0.2, OutputDim: 8},
//			Changes: []string{"/momentum/", "/state/queue/"},
//		})
//	}
//
// It trains on generated images for a few steps: on a small ResNet and a small
// vision transformer until the loss falls, on a small network of every other
// family of backbones for two steps.
//
// The package is imported by tests only.
package methodtest

import (
	"bytes"
	"cmp"
	"math"
	"slices"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/framework/optim"
	"github.com/kontrast-ml/kontrast/framework/trainer"
	"github.com/kontrast-ml/kontrast/internal/testbackend"
)

// Options say what a method is and does.
type Options struct {
	// Params are the hyperparameters, a pointer as the factory's Defaults
	// returns; nil for the defaults. Small widths make a quick test.
	Params any
	// Changes are the starts of the paths of all that a step changes besides the
	// trained parameters with their optimizer, and the online encoder's
	// batch-norm statistics: momentum encoders, queues, banks, centers. Each
	// must name at least one variable that does change, and none that is trained.
	Changes []string
	// Without names the families of backbones that the method's paper does not
	// allow: resnet, vit, basic, bottleneck, selective, resnetv2, mobilenet,
	// efficientnet, convnext, clip-resnet, clip-vit.
	Without []string
	// Epochs is the length of the training in which the loss must fall, in epochs of 4 steps; 0 means 8.
	Epochs int
	// Warmup is the epochs that queues, banks and averages take to fill, after
	// which the loss must fall; 0 means 1.
	Warmup int
	// Rate is the learning rate of Adam; 0 means 0.003.
	Rate float64
}

// Run checks that each hyperparameter of a method is documented, and on every family of backbones:
//   - loss and gradients are finite, and a step trains every parameter of the backbone;
//   - a step changes what Options.Changes says and nothing else, and none of it is trained;
//
// and on a ResNet and a vision transformer besides:
//   - the loss falls;
//   - the loss is made of the anchors, positives and negatives that the hooks return;
//   - hooks that the registration says can be mixed are as it says, and work with the pairs of others;
//   - no gradient reaches what Options.Changes says, momentum encoders among it;
//   - at a learning rate of 0 a step changes no trained parameter;
//   - the backbone starts from the weights that every method's starts from;
//   - the same seed gives the same numbers, bit for bit;
//   - a training that is cut and goes on from its checkpoint gives them too, between epochs as well if the method does
//     something there.
func Run(t *testing.T, factory framework.Factory, options Options) {
	t.Helper()
	for _, name := range options.Without {
		if !slices.ContainsFunc(families, func(f family) bool { return f.name == name }) {
			t.Errorf("Options.Without: there is no family of backbones %q", name)
		}
	}
	for _, key := range undocumented(factory) {
		t.Errorf("the hyperparameter %s has no documentation: the method Docs() config.Docs of the parameters lacks it", key)
	}
	for _, f := range families {
		if !slices.Contains(options.Without, f.name) && f.takes(t, factory) {
			t.Run(f.name, func(t *testing.T) { check(t, factory, options, f) })
		}
	}
}

// undocumented are the keys of a method's parameters of which nothing is said.
func undocumented(factory framework.Factory) (keys []string) {
	for _, field := range config.Describe(factory.Defaults()) {
		if field.Doc == "" {
			keys = append(keys, field.Path)
		}
	}
	return keys
}

// stepsPerEpoch is that of the trainings here: 64 samples in batches of 16.
const stepsPerEpoch = 4

// check runs the checks of one family.
func check(t testing.TB, factory framework.Factory, options Options, network family) {
	t.Helper()
	params := options.Params
	if params == nil {
		params = factory.Defaults()
	}
	method, err := factory.New(params)
	if err != nil {
		t.Fatal(err)
	}
	training := Training{
		Method: method, Backbone: network.make(t), Size: network.size, Recipe: network.recipe(t, factory), FixedViews: true,
		Epochs: cmp.Or(options.Epochs, 8), Rate: cmp.Or(options.Rate, 0.003),
		Optimizer: optim.Adam{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8},
	}
	states := map[int]state{} // after steps, counted from 0
	watched := stepsPerEpoch
	if _, between := method.(framework.EpochMethod); between {
		watched *= 2
	}
	training.observe = func(step int, store *model.Store) {
		if step < watched {
			states[step] = read(t, store)
		}
	}
	if !network.trained {
		training.cut = 3
	}
	result := training.Run(t)
	checkFinite(t, result)
	checkChanges(t, states[1], states[2], options.Changes)
	checkTrained(t, states[1], states[2])
	if network.trained {
		checkLoss(t, result, cmp.Or(options.Warmup, 1))
		checkHooks(t, training, result.Measures)
		checkMixing(t, training, factory.Mixing)
		checkRepeats(t, training, result, states)
		checkStart(t, training, checkStandstill(t, training, options.Changes))
	}
}

// checkFinite looks for infinities and what is not a number.
func checkFinite(t testing.TB, result Result) {
	t.Helper()
	for step, m := range result.Measures {
		for what, value := range map[string]float64{
			"loss": m.Loss, "gradient norm": m.GradientNorm, "spread of the embeddings": m.EmbeddingStd,
			"similarity of the positives": m.PositiveSimilarity,
		} {
			if math.IsNaN(value) || math.IsInf(value, 0) {
				t.Fatalf("step %d: the %s is %v", step, what, value)
			}
		}
	}
}

// checkLoss compares the epoch after the warm-up with the last.
func checkLoss(t testing.TB, result Result, warmup int) {
	t.Helper()
	losses := result.Losses(stepsPerEpoch)
	if first, last := losses[warmup], losses[len(losses)-1]; !(last < first) {
		t.Errorf("the loss does not fall: %.4g after %d epochs, %.4g in the last; epoch by epoch %.4g",
			first, warmup, last, losses)
	}
}

// checkRepeats trains again, and once more with an interruption.
func checkRepeats(t testing.TB, training Training, first Result, states map[int]state) {
	t.Helper()
	type cuts struct {
		what  string
		parts []int // steps at which the training stops
	}
	last := len(states) - 1
	all := []cuts{
		{"a second training of the same seed", []int{last + 1}},
		{"a training that was cut and went on", []int{2, last + 1}},
	}
	if last >= stepsPerEpoch { // there is work between epochs
		all = append(all,
			cuts{"a training that was cut between epochs and went on", []int{stepsPerEpoch, last + 1}},
			cuts{
				"a training that was cut before and after an epoch's end", []int{stepsPerEpoch - 1, stepsPerEpoch + 1, last + 1},
			},
		)
	}
	for _, again := range all {
		training.folder = t.TempDir()
		var result Result
		var end state
		for _, stop := range again.parts {
			training.cut = stop
			training.observe = func(step int, store *model.Store) {
				if step == last {
					end = read(t, store)
				}
			}
			part := training.Run(t)
			result.Measures = append(result.Measures, part.Measures...)
		}
		for step, m := range result.Measures {
			if m != first.Measures[step] {
				t.Errorf("%s differs from step %d on: %+v, first %+v", again.what, step, m, first.Measures[step])
				break
			}
		}
		end.compare(t, again.what, states[last])
	}
}

// checkStart compares a training's state at its start with a backbone that no method has touched.
func checkStart(t testing.TB, training Training, start state) {
	t.Helper()
	store := model.NewStore()
	defer store.Finalize()
	if err := nn.SetSeed(store, 1); err != nil {
		t.Fatal(err)
	}
	exec := model.MustNewExec(testbackend.New(t), store, func(root *model.Scope, x *graph.Node) *graph.Node {
		backbone := framework.Adapted(training.Method, training.Backbone, data.ImageNet)
		return backbone.Embed(trainer.OnlineScope(root).At("backbone"), x)
	})
	defer exec.Finalize()
	exec.MustCall(
		tensors.FromFlatDataAndDimensions(make([]float32, training.Size*training.Size*3), 1, training.Size, training.Size, 3),
	)
	var differing []string
	for path, alone := range read(t, store) {
		if alone.trainable && !bytes.Equal(alone.bytes, start[path].bytes) {
			differing = append(differing, path)
		}
	}
	if len(differing) > 0 {
		t.Errorf("the backbone does not start as every method's: %s differ", shorten(differing))
	}
}

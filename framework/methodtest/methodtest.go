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
// It trains on generated images for a few steps, on a small ResNet and a small
// vision transformer.
//
// The package is imported by tests only.
package methodtest

import (
	"bytes"
	"cmp"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/backbones"
	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/framework/optim"
	"github.com/kontrast-ml/kontrast/internal/testbackend"
)

// Options say what a method is and does.
type Options struct {
	// Params are the hyperparameters, a pointer as the factory's Defaults
	// returns; nil for the defaults. Small widths make a quick test.
	Params any
	// Changes are the starts of the paths of all that a step changes besides the
	// trained parameters with their optimiser, and the online encoder's
	// batch-norm statistics: momentum encoders, queues, banks, centres. Each
	// must name at least one variable that does change.
	Changes []string
	// NoResNet and NoViT leave out backbones that the method's paper does not allow.
	NoResNet, NoViT bool
	// Epochs is the length of the training in which the loss must fall, in epochs of 4 steps; 0 means 8.
	Epochs int
	// Warmup is the epochs that queues, banks and averages take to fill, after
	// which the loss must fall; 0 means 1.
	Warmup int
	// Rate is the learning rate of Adam; 0 means 0.003.
	Rate float64
}

// Run checks a method:
//   - loss and gradients stay finite, and the loss falls;
//   - its backbone starts from the weights that every method's starts from;
//   - no gradient reaches what is not trainable, momentum encoders among it,
//     and a step changes what Options.Changes says and nothing else;
//   - the same seed gives the same numbers, bit for bit;
//   - a training that is cut and goes on from its checkpoint gives them too.
func Run(t *testing.T, factory framework.Factory, options Options) {
	t.Helper()
	for _, network := range []struct {
		name string
		skip bool
		make func(testing.TB) framework.Backbone
	}{
		{"resnet", options.NoResNet, ResNet},
		{"vit", options.NoViT, ViT},
	} {
		if network.skip {
			continue
		}
		t.Run(network.name, func(t *testing.T) {
			check(t, factory, options, network.make(t))
		})
	}
}

// ResNet is a ResNet-8 of half the usual width.
func ResNet(t testing.TB) framework.Backbone {
	return backbone(t, "resnet8", &backbones.CIFARResNetParams{Width: 0.5, Shortcut: "padding"})
}

// ViT is a vision transformer with one block of width 16.
func ViT(t testing.TB) framework.Backbone {
	return backbone(t, "vit", &backbones.ViTParams{
		Patch: 4, Width: 16, Layers: 1, Heads: 2, MLPRatio: 2, Pooling: "token", Positions: "learned-1d", Init: "timm",
	})
}

func backbone(t testing.TB, name string, params any) framework.Backbone {
	t.Helper()
	for _, factory := range backbones.Builtin() {
		if factory.Name != name {
			continue
		}
		made, err := factory.New(params, 16, 3)
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	t.Fatalf("there is no backbone %s", name)
	return nil
}

// stepsPerEpoch is that of the trainings here: 64 samples in batches of 16.
const stepsPerEpoch = 4

func check(t *testing.T, factory framework.Factory, options Options, network framework.Backbone) {
	params := options.Params
	if params == nil {
		params = factory.Defaults()
	}
	method, err := factory.New(params)
	if err != nil {
		t.Fatal(err)
	}
	training := Training{
		Method: method, Backbone: network, Recipe: factory.RecipeFor(16), FixedViews: true,
		Epochs: cmp.Or(options.Epochs, 8), Rate: cmp.Or(options.Rate, 0.003),
		Optimizer: optim.Adam{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8},
	}
	states := map[int]state{} // after steps, counted from 0
	training.observe = func(step int, store *model.Store) {
		if step < stepsPerEpoch {
			states[step] = read(t, store)
		}
	}
	result := training.Run(t)
	checkLoss(t, result, cmp.Or(options.Warmup, 1))
	checkChanges(t, states[1], states[2], options.Changes)
	checkRepeats(t, training, result, states)
	checkStart(t, training)
}

// checkLoss compares the epoch after the warm-up with the last.
func checkLoss(t *testing.T, result Result, warmup int) {
	t.Helper()
	for step, m := range result.Measures {
		for what, value := range map[string]float64{
			"loss": m.Loss, "gradient norm": m.GradientNorm, "spread of the embeddings": m.EmbeddingStd, "similarity of the positives": m.PositiveSimilarity,
		} {
			if math.IsNaN(value) || math.IsInf(value, 0) {
				t.Fatalf("step %d: the %s is %v", step, what, value)
			}
		}
	}
	losses := result.Losses(stepsPerEpoch)
	if first, last := losses[warmup], losses[len(losses)-1]; !(last < first) {
		t.Errorf("the loss does not fall: %.4g after %d epochs, %.4g in the last; epoch by epoch %.4g", first, warmup, last, losses)
	}
}

// checkChanges looks at the variables after two successive steps.
func checkChanges(t *testing.T, before, after state, declared []string) {
	t.Helper()
	changed := map[string]bool{} // by declared prefix
	for path, now := range after {
		differs := !bytes.Equal(now.bytes, before[path].bytes)
		prefix := prefixOf(path, declared)
		switch {
		case isOfStep(path, now.trainable):
		case prefix != "":
			changed[prefix] = changed[prefix] || differs
		case differs:
			t.Errorf("a step changes %s, which is neither trained nor declared to be changed", path)
		}
		if now.trainable && strings.HasPrefix(path, "/momentum/") {
			t.Errorf("%s is trainable; a momentum encoder gets no gradient", path)
		}
		if strings.HasPrefix(path, "/optimizer/") && strings.Contains(path, "/momentum/backbone/") {
			t.Errorf("the optimiser keeps %s for a parameter of a momentum encoder", path)
		}
	}
	for _, prefix := range declared {
		if !changed[prefix] {
			t.Errorf("no step changes anything under %s, though it is declared to be changed", prefix)
		}
	}
}

// isOfStep reports whether every method's step changes a variable of that path.
func isOfStep(path string, trainable bool) bool {
	isStatistic := strings.HasSuffix(path, "/running_mean") || strings.HasSuffix(path, "/running_var")
	return trainable || strings.HasPrefix(path, "/optimizer/") || isStatistic && !strings.HasPrefix(path, "/momentum/")
}

func prefixOf(path string, prefixes []string) string {
	at := slices.IndexFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(path, prefix) })
	if at < 0 {
		return ""
	}
	return prefixes[at]
}

// checkRepeats trains again, and once more with an interruption.
func checkRepeats(t *testing.T, training Training, first Result, states map[int]state) {
	t.Helper()
	const cut, last = 2, stepsPerEpoch - 1
	for _, again := range []struct {
		what  string
		parts []int // steps at which the training stops
	}{
		{"a second training of the same seed", []int{last + 1}},
		{"a training that was cut and went on", []int{cut, last + 1}},
	} {
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
				t.Errorf("%s differs in step %d: %+v, first %+v", again.what, step, m, first.Measures[step])
			}
		}
		end.compare(t, again.what, states[last])
	}
}

// checkStart trains one step at a rate of 0, and compares the backbone with one that no method has touched.
func checkStart(t *testing.T, training Training) {
	t.Helper()
	var started state
	training.Rate, training.Decay, training.cut, training.folder = 0, 0, 1, ""
	training.observe = func(_ int, store *model.Store) { started = read(t, store) }
	training.Run(t)

	store := model.NewStore()
	defer store.Finalize()
	if err := nn.SetSeed(store, 1); err != nil {
		t.Fatal(err)
	}
	exec := model.MustNewExec(testbackend.New(t), store, func(root *model.Scope, x *graph.Node) *graph.Node {
		return training.Backbone.Embed(framework.OnlineScope(root).At("backbone"), x)
	})
	defer exec.Finalize()
	exec.MustCall(tensors.FromFlatDataAndDimensions(make([]float32, 16*16*3), 1, 16, 16, 3))
	for path, alone := range read(t, store) {
		if alone.trainable && !bytes.Equal(alone.bytes, started[path].bytes) {
			t.Errorf("the backbone does not start as every method's: %s differs", path)
		}
	}
}

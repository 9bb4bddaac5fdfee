package mix

import (
	"math"
	"os"
	"testing"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/methods"
	"github.com/kontrast-ml/kontrast/methodtest"
)

// train makes the first steps of a method, with small batches of the recipe's views.
func train(t testing.TB, factory framework.Factory, params any) methodtest.Result {
	t.Helper()
	method, err := factory.New(params)
	if err != nil {
		t.Fatal(err)
	}
	return methodtest.Training{
		Method: method, Backbone: methodtest.ResNet(t), Recipe: factory.RecipeFor(16), Samples: 32, Epochs: 1, Rate: 0.01,
	}.Run(t)
}

// small are hyperparameters for quick steps of batches of 16.
var small = map[string]string{
	"simclr": "hidden_dim: 32", "simclrv2": "hidden_dim: 32", "mocov3": "hidden_dim: 32", "mocov1": "queue: 32",
	"mocov2": "queue: 32",
	"nnclr":  "queue: 32, hidden_dim: 32, predictor_dim: 32", "nnbyol": "queue: 32, hidden_dim: 32, predictor_dim: 32",
	"byol": "hidden_dim: 32", "simsiam": "hidden_dim: 32, bottleneck_dim: 32", "barlowtwins": "hidden_dim: 32",
	"vicreg": "hidden_dim: 32", "wmse": "hidden_dim: 32, whitening_size: 8, epsilon: 0.1", "tico": "hidden_dim: 32",
	"swav": "hidden_dim: 32, prototypes: 12, queue: 32", "lejepa": "hidden_dim: 32, directions: 16",
	"ressl": "queue: 32, hidden_dim: 32", "dino": "hidden_dim: 32",
}

func choice(name string, wide bool) string {
	text := "{name: " + name
	if of := small[name]; of != "" {
		text += ", " + of
	}
	if wide {
		text += ", output_dim: 16"
	}
	return text + "}"
}

func mixOf(positives, negatives, loss string) string {
	return "{name: mix, positives: " + choice(positives, true) + ", negatives: " + choice(negatives, false) +
		", loss: " + choice(loss, false) + "}"
}

// mixable are the names of the built-in methods whose hooks can be mixed.
func mixable(t testing.TB) []string {
	return names(registry(t), func(*framework.Mixing) bool { return true })
}

// TestEveryLegalMixIsAccepted resolves each of the mixes, and makes its method.
func TestEveryLegalMixIsAccepted(t *testing.T) {
	count := 0
	for _, legal := range All(methods.Builtin()) {
		for _, pos := range mixable(t) {
			for _, neg := range legal.Negatives {
				factory, made, err := resolve(t, mixOf(pos, neg, legal.Loss))
				if err == nil {
					_, err = factory.New(made.Params)
				}
				if err != nil {
					t.Errorf("%s+negatives=%s+loss=%s: %v", pos, neg, legal.Loss, err)
				}
				count++
			}
		}
	}
	t.Logf("%d mixes", count)
}

// TestEveryMixTrains makes two steps of mixes in which every method stands at
// every place that it may; of all mixes with KONTRAST_STRESS=1, where negatives
// that are none, for losses without use for any, are of one method only.
func TestEveryMixTrains(t *testing.T) {
	all := os.Getenv("KONTRAST_STRESS") != ""
	for i, legal := range All(methods.Builtin()) {
		losses, _ := registry(t).Get(legal.Loss)
		for j, pos := range mixable(t) {
			for k, neg := range legal.Negatives {
				if !all && ((i+j)%len(legal.Negatives) != k || (i+j)%4 != 0) || all && !losses.Mixing.Contrasts && k > 0 {
					continue
				}
				if testing.Short() && i > 2 {
					continue
				}
				t.Run(legal.Loss+"/"+pos+"+"+neg, func(t *testing.T) { trains(t, mixOf(pos, neg, legal.Loss)) })
			}
		}
	}
}

// trains makes the first steps of a mix and looks whether they do anything.
func trains(t *testing.T, text string) {
	t.Helper()
	factory, made, err := resolve(t, text)
	if err != nil {
		t.Fatal(err)
	}
	result := train(t, factory, made.Params)
	if len(result.Measures) != 2 {
		t.Errorf("%d steps, want 2", len(result.Measures))
	}
	for step, m := range result.Measures {
		if math.IsNaN(m.Loss) || math.IsInf(m.Loss, 0) || math.IsNaN(m.GradientNorm) || m.GradientNorm <= 0 {
			t.Errorf("step %d: loss %v, norm of the gradient %v", step, m.Loss, m.GradientNorm)
		}
	}
}

// TestEveryMethodIsAPartOrIsNot keeps the declaration from being forgotten.
func TestEveryMethodIsAPartOrIsNot(t *testing.T) {
	apart := map[string]bool{
		"clip": true, "siglip": true, // captions
		"supervised": true,                 // classes
		"msn":        true, "simmim": true, // masked images
		"mae": true, "ibot": true, "dinov2": true, "data2vec": true, "ijepa": true, // masked images
		"mochi": true, "deepclusterv2": true, "all4one": true, // negatives of each anchor, clusterings, pairs of three kinds
		"pirl": true, "cpc": true, "vicregl": true, // pieces of images
		"cmc": true, // parts of their colors
	}
	for _, f := range methods.Builtin() {
		if (f.Mixing == nil) != apart[f.Name] {
			t.Errorf("say in the registration of %s how its hooks go together with others' (Info.Mixing), or here that they "+
				"don't", f.Name)
		}
	}
}

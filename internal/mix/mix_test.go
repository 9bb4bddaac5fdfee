package mix

import (
	"math"
	"os"
	"strings"
	"testing"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/methods"
	"github.com/kontrast-ml/kontrast/methodtest"
)

func registry(t testing.TB) *framework.Registry[framework.Factory] {
	t.Helper()
	known, err := framework.NewRegistry("method", methods.Builtin()...)
	if err != nil {
		t.Fatal(err)
	}
	return known
}

// resolve reads a mix as a configuration has it.
func resolve(t testing.TB, text string) (framework.Factory, *config.Choice, error) {
	t.Helper()
	doc, err := config.Parse("test.yaml", []byte("method: "+text))
	if err != nil {
		t.Fatal(err)
	}
	var spec struct {
		Method config.Choice `yaml:"method" doc:"the method"`
	}
	if err := config.Decode(doc.Root(), &spec); err != nil {
		t.Fatal(err)
	}
	factory, err := Resolve(registry(t), &spec.Method)
	return factory, &spec.Method, err
}

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
	"instdisc": "", "invaspread": "", "simclr": "hidden_dim: 32", "simclrv2": "hidden_dim: 32", "dcl": "", "supcon": "",
	"mocov1": "queue: 32", "mocov2": "queue: 32", "mocov3": "hidden_dim: 32", "nnclr": "queue: 32, hidden_dim: 32, predictor_dim: 32",
	"byol": "hidden_dim: 32", "simsiam": "hidden_dim: 32, bottleneck_dim: 32", "barlowtwins": "hidden_dim: 32",
	"vicreg": "hidden_dim: 32", "wmse": "hidden_dim: 32, whitening_size: 8, epsilon: 0.1", "tico": "hidden_dim: 32",
	"swav": "hidden_dim: 32, prototypes: 12, queue: 32", "lejepa": "hidden_dim: 32, directions: 16",
	"nnbyol": "queue: 32, hidden_dim: 32, predictor_dim: 32", "ressl": "queue: 32, hidden_dim: 32", "dino": "hidden_dim: 32",
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

// TestEveryMixTrains makes two steps of mixes in which every method stands at
// every place that it may; of all mixes with KONTRAST_STRESS=1.
func TestEveryMixTrains(t *testing.T) {
	all := os.Getenv("KONTRAST_STRESS") != ""
	for i, legal := range All(methods.Builtin()) {
		withAll := append([]string{}, registry(t).Names()...)
		for j, pos := range withAll {
			if _, found := parts[pos]; !found {
				continue
			}
			for k, neg := range legal.Negatives {
				if !all && (i+j)%len(legal.Negatives) != k || !all && (i+j)%4 != 0 || testing.Short() && i > 2 {
					continue
				}
				text := "{name: mix, positives: " + choice(pos, true) + ", negatives: " + choice(neg, false) + ", loss: " + choice(legal.Loss, false) + "}"
				t.Run(pos+"+"+neg+"+"+legal.Loss, func(t *testing.T) {
					factory, made, err := resolve(t, text)
					if err != nil {
						t.Fatal(err)
					}
					result := train(t, factory, made.Params)
					for step, m := range result.Measures {
						if math.IsNaN(m.Loss) || math.IsInf(m.Loss, 0) || math.IsNaN(m.GradientNorm) || m.GradientNorm <= 0 {
							t.Errorf("step %d: loss %v, norm of the gradient %v", step, m.Loss, m.GradientNorm)
						}
					}
				})
			}
		}
	}
}

// TestAMixThatIsAMethodGivesItsNumbers compares, bit for bit, mixes whose parts
// are in other methods what they are in the one.
func TestAMixThatIsAMethodGivesItsNumbers(t *testing.T) {
	for text, name := range map[string]string{
		"simclr+negatives=dcl":      "simclr",
		"dcl+negatives=simclrv2":    "dcl",
		"simclrv2+negatives=simclr": "simclrv2",
		"vicreg+negatives=byol":     "vicreg",
		"byol+negatives=simsiam":    "byol",
		"tico+negatives=vicreg":     "tico",
		"{name: mix, positives: mocov2, negatives: mocov1, loss: {name: simclr, temperature: 0.2}}": "mocov2",
		"{name: mix, positives: byol, negatives: byol, loss: byol}":                                 "byol",
	} {
		t.Run(text, func(t *testing.T) {
			factory, made, err := resolve(t, text)
			if err != nil {
				t.Fatal(err)
			}
			whole, err := registry(t).Get(name)
			if err != nil {
				t.Fatal(err)
			}
			got, want := train(t, factory, made.Params), train(t, whole, whole.Defaults())
			for step, m := range want.Measures {
				if got.Measures[step] != m {
					t.Errorf("step %d: %+v, by %s %+v", step, got.Measures[step], name, m)
				}
			}
		})
	}
}

func TestWhatDoesNotFitIsAFault(t *testing.T) {
	for text, want := range map[string]string{
		"byol+loss=simclr":                   "method.negatives: the loss of simclr tells anchors from negatives, and byol has none; take the negatives of instdisc",
		"simclr+loss=byol":                   "method.negatives: the loss of byol has no use for the negatives of simclr; take the negatives, which are none, of",
		"clip+loss=simclr":                   "method.positives: the hooks of clip can't be mixed; those of these methods can: instdisc",
		"simclr+loss=dino":                   "method.loss: the loss of dino fits its own positives",
		"mocov2+negatives=simclr+loss=ressl": "method.loss: the loss of ressl fits its own positives",
		"byol+loss=simcrl":                   `method.loss: unknown method "simcrl"; did you mean "simclr"`,
		"byol+loss":                          "is no mix; write METHOD+negatives=METHOD+loss=METHOD",
		"byol+loss=vicreg+loss=byol":         "gives the loss twice",
		"byol+loss=wmse":                     "method.loss.output_dim: 256 features of 128 samples can't be whitened",
		"{name: mix, positives: byol, negatives: {name: mocov2, output_dim: 7}, loss: simclr}":  "method.negatives.output_dim: 7, but the embeddings of byol are 256 wide",
		"{name: mix, positives: simclr, negatives: {name: simclrv2, memory: 32}, loss: simclr}": "method.negatives.memory",
		"{name: mix, positives: byol, negatives: {name: mocov2, queu: 3}, loss: simclr}":        "queue",
	} {
		if _, _, err := resolve(t, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one that says %q", text, err, want)
		}
	}
}

func TestBatchesAreCheckedByTheParts(t *testing.T) {
	_, made, err := resolve(t, "{name: mix, positives: byol, negatives: {name: mocov2, queue: 33}, loss: simclr}")
	if err != nil {
		t.Fatal(err)
	}
	if err := made.Params.(*Params).CheckBatch(16); err == nil || !strings.Contains(err.Error(), "method.negatives.queue") {
		t.Errorf("a queue of 33 keys in batches of 16: error %v", err)
	}
}

// TestWhatIsLeftOutIsOfThePositives reads a mapping without negatives.
func TestWhatIsLeftOutIsOfThePositives(t *testing.T) {
	factory, made, err := resolve(t, "{name: mix, positives: {name: mocov2, queue: 64}, loss: simclr}")
	if err != nil {
		t.Fatal(err)
	}
	p := made.Params.(*Params)
	if queue := field(p.Negatives.Params, "Queue").Int(); p.Negatives.Name != "mocov2" || queue != 64 {
		t.Errorf("the negatives are of %s with a queue of %d, want mocov2's with 64", p.Negatives.Name, queue)
	}
	if factory.Name != "mocov2+loss=simclr" {
		t.Errorf("the mix is named %s", factory.Name)
	}
}

// TestEveryMethodIsAPartOrIsNot keeps a new method from being forgotten.
func TestEveryMethodIsAPartOrIsNot(t *testing.T) {
	apart := map[string]bool{
		"clip": true, "siglip": true, // captions
		"supervised": true,                 // classes
		"msn":        true, "simmim": true, // masked images
	}
	for _, name := range registry(t).Names() {
		if _, found := parts[name]; found == apart[name] {
			t.Errorf("say in parts how the hooks of %s go together with others', or here that they don't", name)
		}
	}
}

package mix

import (
	"strings"
	"testing"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/methods"
	"github.com/kontrast-ml/kontrast/methods/moco"
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
	return resolveIn(t, registry(t), text)
}

func resolveIn(
	t testing.TB, known *framework.Registry[framework.Factory], text string,
) (framework.Factory, *config.Choice, error) {
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
	factory, err := Resolve(known, &spec.Method)
	return factory, &spec.Method, err
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
		"byol+loss=simclr": "method.negatives: the loss of simclr tells anchors from negatives, and byol " +
			"has none; take the negatives of instdisc",
		"simclr+loss=byol": "method.negatives: the loss of byol has no use for the negatives of simclr; " +
			"take the negatives, which are none, of",
		"clip+loss=simclr": "method.positives: the hooks of clip can't be mixed; those of these methods " +
			"can: instdisc",
		"simclr+loss=dino":                   "method.loss: the loss of dino fits its own positives",
		"mocov2+negatives=simclr+loss=ressl": "method.loss: the loss of ressl fits its own positives",
		"byol+loss=simcrl":                   `method.loss: unknown method "simcrl"; did you mean "simclr"`,
		"byol+loss":                          "is no mix; write METHOD+negatives=METHOD+loss=METHOD",
		"byol+loss=vicreg+loss=byol":         "gives the loss twice",
		"byol+loss=wmse":                     "method.loss.output_dim: 256 features of 128 samples can't be whitened",
		"{name: mix, positives: byol, negatives: {name: mocov2, output_dim: 7}, loss: " +
			"simclr}": "method.negatives.output_dim: 7, but the embeddings of byol are 256 wide",
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
	if err := made.Params.(*Params).CheckBatch(16); err == nil ||
		!strings.Contains(err.Error(), "method.negatives.queue") {
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
	if queue := p.Negatives.Params.(*moco.Params).Queue; p.Negatives.Name != "mocov2" || queue != 64 {
		t.Errorf("the negatives are of %s with a queue of %d, want mocov2's with 64", p.Negatives.Name, queue)
	}
	if factory.Name != "mocov2+loss=simclr" {
		t.Errorf("the mix is named %s", factory.Name)
	}
}

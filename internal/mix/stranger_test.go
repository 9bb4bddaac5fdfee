package mix

import (
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/methods"
)

// strangerParams are the hyperparameters of a method that is not built in.
type strangerParams struct {
	Width int `yaml:"output_dim" range:"[1,inf)" doc:"width of the embeddings"`
	Queue int `yaml:"keys" range:"[1,inf)" doc:"keys in the queue"`
}

// CheckMix allows no negatives without the loss.
func (p *strangerParams) CheckMix(hook, all framework.Hook) error {
	if hook == framework.HookNegatives && all&framework.HookLoss == 0 {
		return config.Faultf("keys", "they need their own loss")
	}
	return nil
}

type stranger struct{ strangerParams }

func (m stranger) Positives(s *framework.Step) []framework.Pair {
	scope := s.Online().At("projector")
	z := framework.Split(nn.Linear(scope, s.EmbedViews(s.Online(), s.Views[:2]...), m.Width, nn.LinearConfig{}), 2)
	return []framework.Pair{{Anchor: z[0], Positive: graph.StopGradient(z[1])}}
}

func (m stranger) Negatives(s *framework.Step, _ []framework.Pair) *framework.Negatives {
	return &framework.Negatives{Keys: []*graph.Node{s.Queue("strange", m.Queue, m.Width).Keys()}}
}

func (m stranger) Loss(s *framework.Step, pairs []framework.Pair, far *framework.Negatives) *graph.Node {
	return framework.InfoNCE(pairs, far, s.Constant(1))
}

func (m stranger) Update(s *framework.Step, pairs []framework.Pair) {
	s.Queue("strange", m.Queue, m.Width).Enqueue(pairs[0].Positive)
}

// TestAStrangersMethodIsMixedByItsDeclaration puts a method that no table knows at each place.
func TestAStrangersMethodIsMixedByItsDeclaration(t *testing.T) {
	own := framework.NewFactory(framework.Info{
		Name: "stranger", Recipe: "simclr",
		Mixing: &framework.Mixing{Contrasts: true, UnitLoss: true, Keeps: framework.HookNegatives},
	}, strangerParams{Width: 8, Queue: 32}, func(p strangerParams) (framework.Method, error) { return stranger{p}, nil })
	apart := framework.NewFactory(framework.Info{Name: "apart", Recipe: "simclr"}, strangerParams{Width: 8, Queue: 32},
		func(p strangerParams) (framework.Method, error) { return stranger{p}, nil })
	known, err := framework.NewRegistry("method", append(methods.Builtin(), own, apart)...)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		mixOf("stranger", "mocov2", "simclr"), mixOf("byol", "stranger", "stranger"), mixOf("mocov2", "simclr", "stranger"),
	} {
		factory, made, err := resolveIn(t, known, text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		for _, m := range train(t, factory, made.Params).Measures {
			if m.GradientNorm <= 0 {
				t.Errorf("%s: nothing is learned: %+v", text, m)
			}
		}
	}
	for text, want := range map[string]string{
		mixOf("byol", "stranger", "simclr"): "method.negatives.keys: they need their own loss",
		mixOf("byol", "byol", "stranger"): "method.negatives: the loss of stranger tells anchors from negatives, and " +
			"byol has none",
		"apart+loss=simclr": "method.positives: the hooks of apart can't be mixed",
	} {
		if _, _, err := resolveIn(t, known, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one that says %q", text, err, want)
		}
	}
	legal := All(known.All())
	if last := legal[len(legal)-1]; last.Loss != "stranger" ||
		!strings.Contains(strings.Join(last.Negatives, " "), "mocov2") {
		t.Errorf("the list of mixes ends with %+v, want the stranger's loss", last)
	}
}

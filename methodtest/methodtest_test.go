package methodtest

import (
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/backbones"
	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/loss"
	"github.com/kontrast-ml/kontrast/framework/nn"
)

// recording is a test whose failures are noted instead of reported.
type recording struct {
	testing.TB
	failures []string
}

func (r *recording) Helper() {}

func (r *recording) Errorf(format string, args ...any) {
	r.failures = append(r.failures, fmt.Sprintf(format, args...))
}

func (r *recording) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

func (r *recording) Fatal(args ...any) { r.Fatalf("%s", fmt.Sprint(args...)) }

// failures checks a method on a network and returns what the suite has to say about it.
func failures(t *testing.T, method framework.Method, options Options, network family) string {
	t.Helper()
	factory := framework.NewFactory(framework.Info{Name: "toy", Recipe: "simclr"}, struct{}{},
		func(struct{}) (framework.Method, error) { return method, nil })
	r := &recording{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		check(r, factory, options, network)
	}()
	<-done
	return strings.Join(r.failures, "\n")
}

// toy is a sound method with a momentum encoder, of which tests break one thing each.
type toy struct {
	breakPairs     func(s *framework.Step, query *graph.Node) []framework.Pair
	breakNegatives func(s *framework.Step, pairs []framework.Pair, negatives *framework.Negatives)
	breakLoss      func(s *framework.Step, loss *graph.Node) *graph.Node
	ownLoss        func(s *framework.Step, pairs []framework.Pair, negatives *framework.Negatives) *graph.Node
	breakUpdate    func(s *framework.Step)
}

func (m *toy) embed(s *framework.Step, encoder *model.Scope, view int) *graph.Node {
	return nn.L2Normalize(nn.Linear(encoder.At("projector"), s.Backbone(encoder, s.Views[view]), 8, nn.LinearConfig{}))
}

func (m *toy) Positives(s *framework.Step) []framework.Pair {
	query := m.embed(s, s.Online(), 0)
	if m.breakPairs != nil {
		return m.breakPairs(s, query)
	}
	key := m.embed(s, s.MomentumEncoder().Scope(), 1)
	return []framework.Pair{{Anchor: query, Positive: graph.StopGradient(key)}}
}

func (m *toy) Negatives(s *framework.Step, pairs []framework.Pair) *framework.Negatives {
	negatives := framework.OtherPositives(pairs)
	if m.breakNegatives != nil {
		m.breakNegatives(s, pairs, negatives)
	}
	return negatives
}

func (m *toy) Loss(s *framework.Step, pairs []framework.Pair, negatives *framework.Negatives) *graph.Node {
	if m.ownLoss != nil {
		return m.ownLoss(s, pairs, negatives)
	}
	loss := framework.InfoNCE(pairs, negatives, s.Constant(0.2))
	if m.breakLoss != nil {
		return m.breakLoss(s, loss)
	}
	return loss
}

func (m *toy) Update(s *framework.Step, _ []framework.Pair) {
	s.MomentumEncoder().Follow(s.Constant(0.9))
	if m.breakUpdate != nil {
		m.breakUpdate(s)
	}
}

// counter is a variable of the method's state.
func counter(s *framework.Step) *model.Variable {
	return s.State().VariableWithValue("counter", float32(0)).SetTrainable(false)
}

// count adds one to the counter in every step.
func count(s *framework.Step) {
	v := counter(s)
	v.SetNodeValue(graph.OnePlus(v.NodeValue(s.Graph)))
}

// set gives a variable a value from the host, while a graph is built.
func set(v *model.Variable, value *tensors.Tensor) {
	if err := v.SetValue(value); err != nil {
		panic(err)
	}
}

var momentum = []string{"/momentum/"}

func TestASoundMethodPasses(t *testing.T) {
	for _, network := range families {
		if said := failures(t, &toy{}, Options{Changes: momentum}, network); said != "" {
			t.Errorf("%s: a sound method is rejected: %s", network.name, said)
		}
	}
}

func TestBrokenMethodsAreRejected(t *testing.T) {
	builds := 0
	for _, test := range []struct {
		name    string
		method  toy
		changes []string
		want    string // in what the suite says
	}{
		{
			"keys without a stop-gradient", toy{breakPairs: func(s *framework.Step, query *graph.Node) []framework.Pair {
				return []framework.Pair{{Anchor: query, Positive: (&toy{}).embed(s, s.MomentumEncoder().Scope(), 1)}}
			}},
			momentum, "the gradient of the loss reaches /momentum/backbone/",
		},
		{
			"a momentum encoder that is trained", toy{breakPairs: func(s *framework.Step, query *graph.Node) []framework.Pair {
				encoder := s.MomentumEncoder().Scope()
				key := (&toy{}).embed(s, encoder, 1)
				for v := range encoder.IterVariables() {
					v.SetTrainable(true)
				}
				return []framework.Pair{{Anchor: query, Positive: key}}
			}},
			momentum, "the optimizer trains /momentum/backbone/",
		},
		{
			"a momentum encoder that is trained and not " +
				"declared", toy{breakPairs: func(s *framework.Step, query *graph.Node) []framework.Pair {
				encoder := s.MomentumEncoder().Scope()
				key := (&toy{}).embed(s, encoder, 1)
				for v := range encoder.IterVariables() {
					v.SetTrainable(true)
				}
				return []framework.Pair{{Anchor: query, Positive: key}}
			}},
			nil, "the optimizer trains /momentum/backbone/",
		},
		{
			"a loss that is not a number", toy{breakLoss: func(_ *framework.Step, loss *graph.Node) *graph.Node {
				return graph.Log(graph.Neg(loss))
			}},
			momentum, "the loss or the gradient is no longer finite",
		},
		{
			"a gradient that is not a number", toy{breakLoss: func(_ *framework.Step, loss *graph.Node) *graph.Node {
				return graph.Add(loss, graph.Sqrt(graph.Sub(loss, loss)))
			}},
			momentum, "the loss or the gradient is no longer finite",
		},
		{
			"a change that is not declared", toy{breakUpdate: count},
			momentum, "a step changes /state/counter, which is neither trained nor declared to be changed",
		},
		{
			"a declared change that is not made", toy{},
			append([]string{"/state/queue/"}, momentum...),
			"no step changes anything under /state/queue/, though it is declared to be changed",
		},
		{
			"an update of what is trained", toy{breakUpdate: func(s *framework.Step) {
				v := s.Online().At("projector").GetVariable("weight")
				v.SetNodeValue(graph.MulScalar(v.NodeValue(s.Graph), 0.99))
			}},
			momentum, "a step changes the trained /online/projector/weight even at a learning rate of 0",
		},
		{
			"features without a gradient", toy{breakPairs: func(s *framework.Step, _ *graph.Node) []framework.Pair {
				features := graph.StopGradient(s.Backbone(s.Online(), s.Views[0]))
				query := nn.L2Normalize(nn.Linear(s.Online().At("projector"), features, 8, nn.LinearConfig{}))
				key := (&toy{}).embed(s, s.MomentumEncoder().Scope(), 1)
				return []framework.Pair{{Anchor: query, Positive: graph.StopGradient(key)}}
			}},
			momentum, "no gradient reaches /online/backbone/",
		},
		{
			"numbers that differ from training to " +
				"training", toy{breakLoss: func(_ *framework.Step, loss *graph.Node) *graph.Node {
				builds++
				return graph.MulScalar(loss, 1+0.001*float64(builds))
			}},
			momentum, "a second training of the same seed differs",
		},
		{
			"state that is lost where a training goes on", toy{
				breakLoss: func(s *framework.Step, loss *graph.Node) *graph.Node {
					v := counter(s)
					set(v, tensors.FromScalar(float32(0)))
					return graph.Add(loss, v.NodeValue(s.Graph))
				},
				breakUpdate: count,
			},
			append([]string{"/state/counter"}, momentum...), "a training that was cut and went on differs",
		},
		{
			"negatives that the loss ignores", toy{
				ownLoss: func(_ *framework.Step, pairs []framework.Pair, _ *framework.Negatives) *graph.Node {
					return loss.NormalizedMSE(pairs[0].Anchor, pairs[0].Positive)
				},
			},
			momentum, "the loss does not depend on its negatives",
		},
		{
			"negatives of its own that the loss ignores", toy{
				breakNegatives: func(s *framework.Step, pairs []framework.Pair, negatives *framework.Negatives) {
					negatives.Own = graph.ExpandAxes(graph.StopGradient(pairs[0].Positive), 1)
				},
				ownLoss: func(s *framework.Step, pairs []framework.Pair, negatives *framework.Negatives) *graph.Node {
					shared := *negatives
					shared.Own = nil
					return framework.InfoNCE(pairs, &shared, s.Constant(0.2))
				},
			},
			momentum, "the loss does not depend on its negatives (Negatives.Own)",
		},
		{
			"a pair that the loss ignores", toy{
				breakPairs: func(s *framework.Step, query *graph.Node) []framework.Pair {
					key := graph.StopGradient((&toy{}).embed(s, s.MomentumEncoder().Scope(), 1))
					return []framework.Pair{{Anchor: query, Positive: key}, {Anchor: key, Positive: query}}
				},
				ownLoss: func(s *framework.Step, pairs []framework.Pair, negatives *framework.Negatives) *graph.Node {
					return framework.InfoNCE(pairs[:1], negatives, s.Constant(0.2))
				},
			},
			momentum, "the loss does not depend on its last pair",
		},
		{
			"positives that the loss ignores", toy{
				ownLoss: func(s *framework.Step, pairs []framework.Pair, negatives *framework.Negatives) *graph.Node {
					pairs[0].Positive = graph.StopGradient((&toy{}).embed(s, s.MomentumEncoder().Scope(), 1)) // again
					return framework.InfoNCE(pairs, negatives, s.Constant(0.2))
				},
			},
			momentum, "the loss does not depend on the positives of its pairs",
		},
		{
			"a loss that rises", toy{breakLoss: func(_ *framework.Step, loss *graph.Node) *graph.Node {
				return graph.Add(graph.StopGradient(graph.MulScalar(loss, 2)), graph.Neg(loss))
			}},
			momentum, "the loss does not fall",
		},
		{
			"a backbone that starts in its own way",
			toy{breakPairs: func(s *framework.Step, query *graph.Node) []framework.Pair {
				for v := range s.Online().At("backbone").IterVariables() {
					if v.Trainable && strings.HasSuffix(v.Path(), "/weight") {
						set(v, tensors.FromShape(v.Shape())) // zeros
						break
					}
				}
				return []framework.Pair{
					{Anchor: query, Positive: graph.StopGradient((&toy{}).embed(s, s.MomentumEncoder().Scope(), 1))},
				}
			}},
			momentum, "the backbone does not start as every method's",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			said := failures(t, &test.method, Options{Changes: test.changes}, families[0])
			if !strings.Contains(said, test.want) {
				t.Errorf("the suite says %q, want it to say %q", said, test.want)
			}
		})
	}
}

// TestAMethodMustBuildOnEveryFamily checks a method that knows one width of features.
func TestAMethodMustBuildOnEveryFamily(t *testing.T) {
	method := &toy{breakLoss: func(s *framework.Step, loss *graph.Node) *graph.Node {
		if dim := s.FeatureDim(); dim != 32 {
			panic(fmt.Errorf("features of width %d: this method needs 32", dim))
		}
		return loss
	}}
	for _, network := range families {
		said, width := failures(t, method, Options{Changes: momentum}, network), network.make(t).FeatureDim()
		if want := fmt.Sprintf("features of width %d", width); width != 32 && !strings.Contains(said, want) {
			t.Errorf("%s: the suite says %q, want it to say %q", network.name, said, want)
		} else if width == 32 && said != "" {
			t.Errorf("%s: the suite rejects a method that works: %s", network.name, said)
		}
	}
}

// TestEveryKindOfBackboneIsThere holds the families to the registry.
func TestEveryKindOfBackboneIsThere(t *testing.T) {
	for _, factory := range backbones.Builtin() {
		if factory.Input != backbones.Images {
			continue
		}
		found := false
		for _, f := range families {
			found = found || reflect.TypeOf(f.params) == reflect.TypeOf(factory.Defaults())
		}
		if !found {
			t.Errorf("no family has networks with parameters of type %T, such as %s", factory.Defaults(), factory.Name)
		}
	}
}

func TestUndocumentedHyperparametersAreNamed(t *testing.T) {
	type params struct {
		Temperature float64 `yaml:"temperature" doc:"divides the similarities"`
		Margin      float64 `yaml:"margin"`
	}
	factory := framework.NewFactory(framework.Info{Name: "toy", Recipe: "simclr"}, params{},
		func(params) (framework.Method, error) { return &toy{}, nil })
	if got := undocumented(factory); !reflect.DeepEqual(got, []string{"margin"}) {
		t.Errorf("undocumented are %q, want margin", got)
	}
}

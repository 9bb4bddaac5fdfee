package optim

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/gomlx/compute/gobackend"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/internal/golden"
)

func vector(values ...float64) golden.Tensor {
	return golden.Tensor{Shape: []int{len(values)}, Data: values}
}

// equal compares within float32 rounding.
func equal(t *testing.T, what string, got []float32, want ...float64) {
	t.Helper()
	golden.Near(t, what, got, vector(want...), 1e-6)
}

func TestInactiveParametersAndTheirStateStay(t *testing.T) {
	grads := func(v float64) map[string]golden.Tensor {
		return map[string]golden.Tensor{"free": vector(v, -v), "held": vector(v, -v)}
	}
	for _, optimizer := range []Optimizer{SGD{}, LARS{Trust: 0.1}, Adam{Decoupled: true}} {
		t.Run(optimizer.Name(), func(t *testing.T) {
			hold := func(g *graph.Graph, params []Param) []Param {
				for i, p := range params { // held while the gradient is below 2
					if p.Var.Scope() == "/model/held" {
						params[i].Active = graph.GreaterThan(graph.ReduceAllMax(p.Grad), graph.Scalar(g, p.Grad.DType(), 2))
					}
				}
				return params
			}
			start := map[string]golden.Tensor{"free": vector(1, 2), "held": vector(1, 2)}
			tr := newTrainer(t, start, optimizer, hold)
			after := tr.step(rates{0.1, 0.01, 0.9}, grads(1))
			equal(t, "held parameter", after["held"], 1, 2)
			if slices.Equal(after["free"], []float32{1, 2}) {
				t.Error("the free parameter did not move")
			}
			got := tr.step(rates{0.1, 0.01, 0.9}, grads(3))["held"]

			fresh := newTrainer(t, start, optimizer, all)
			want := fresh.step(rates{0.1, 0.01, 0.9}, grads(3))["held"]
			if !slices.Equal(got, want) {
				t.Errorf("first active step gives %v, want that of a new run, %v", got, want)
			}
		})
	}
}

func TestGroupsSetTheLearningRate(t *testing.T) {
	tr := newTrainer(t, map[string]golden.Tensor{"a": vector(0), "fixed": vector(0), "scaled": vector(0)}, SGD{},
		func(_ *graph.Graph, params []Param) []Param { // in the order of names
			params[1].FixedLR = true
			params[2].LRScale = 0.5
			return params
		})
	one := map[string]golden.Tensor{"a": vector(1), "fixed": vector(1), "scaled": vector(1)}
	after := tr.step(rates{0.25, 0, 0}, one)
	equal(t, "usual rate", after["a"], -0.25)
	equal(t, "base rate of 1", after["fixed"], -1)
	equal(t, "half the rate", after["scaled"], -0.125)
}

func TestClipping(t *testing.T) {
	start := map[string]golden.Tensor{"a": vector(0, 0), "b": vector(0)}
	grads := map[string]golden.Tensor{"a": vector(3, 0), "b": vector(4)} // norms 3, 4 and together 5
	for _, test := range []struct {
		name string
		clip func([]Param) []Param
		a, b float64
	}{
		{"global", func(p []Param) []Param { p, _ = ClipGlobalNorm(p, 1); return p }, 3. / 5, 4. / 5},
		{"global above the norm", func(p []Param) []Param { p, _ = ClipGlobalNorm(p, 6); return p }, 3, 4},
		{"each", func(p []Param) []Param { return ClipEachNorm(p, 3.5) }, 3, 3.5},
	} {
		t.Run(test.name, func(t *testing.T) {
			tr := newTrainer(t, start, SGD{}, func(_ *graph.Graph, params []Param) []Param { return test.clip(params) })
			after := tr.step(rates{1, 0, 0}, grads)
			equal(t, "a", after["a"], -test.a, 0)
			equal(t, "b", after["b"], -test.b)
		})
	}
}

// TestClippingOfSmallGradients sees the 1e-6 that torch.nn.utils.clip_grad_norm_ adds to a norm.
func TestClippingOfSmallGradients(t *testing.T) {
	start := map[string]golden.Tensor{"a": vector(0, 0), "b": vector(0)}
	grads := map[string]golden.Tensor{"a": vector(3e-6, 0), "b": vector(4e-6)}
	for _, test := range []struct {
		clip func([]Param) []Param
		a, b float64
	}{
		{func(p []Param) []Param { p, _ = ClipGlobalNorm(p, 1e-6); return p }, 3e-6 / 6, 4e-6 / 6},
		{func(p []Param) []Param { return ClipEachNorm(p, 1e-6) }, 3e-6 / 4, 4e-6 / 5},
	} {
		tr := newTrainer(t, start, SGD{}, func(_ *graph.Graph, params []Param) []Param { return test.clip(params) })
		after := tr.step(rates{1, 0, 0}, grads)
		golden.Near(t, "a", after["a"], vector(-test.a, 0), tolerance)
		golden.Near(t, "b", after["b"], vector(-test.b), tolerance)
	}
}

func TestAdamCorrectsTheBiasAccuratelyFromTheFirstStep(t *testing.T) {
	// Whatever the size of a constant gradient, each step is the learning rate.
	tr := newTrainer(t, map[string]golden.Tensor{"w": vector(0, 0)}, Adam{}, all)
	for i := 1; i <= 20; i++ {
		after := tr.step(rates{0.5, 0, 0}, map[string]golden.Tensor{"w": vector(1, -300)})
		equal(t, fmt.Sprintf("step %d", i), after["w"], -0.5*float64(i), 0.5*float64(i))
	}
}

func TestEMAGolden(t *testing.T) {
	file := golden.Load(t, "ema_update")
	for _, c := range file.Cases {
		t.Run(c.Name, func(t *testing.T) {
			store := model.NewStore()
			variable := func(name string) *model.Variable {
				value := c.Input(t, name)
				v, err := store.RootScope().CreateVariable(name, tensors.FromFlatDataAndDimensions(value.Float32(), value.Shape...))
				if err != nil {
					t.Fatal(err)
				}
				return v
			}
			targets := []*model.Variable{variable("ema_weight"), variable("ema_bias")}
			sources := []*model.Variable{variable("online_weight"), variable("online_bias")}
			exec := model.MustNewExec(gobackend.GetBackend(), store, func(_ *model.Scope, momentum *graph.Node) *graph.Node {
				EMA(momentum.Graph(), targets, sources, momentum)
				return momentum
			})
			momentum := golden.Decode[float32](t, c.Params, "momentum")
			for i := range golden.Decode[int](t, c.Params, "steps") {
				if _, err := exec.Call(momentum); err != nil {
					t.Fatal(err)
				}
				for j, name := range []string{"weight", "bias"} {
					got := tensors.MustCopyFlatData[float32](targets[j].MustValue())
					golden.Near(t, fmt.Sprintf("%s after step %d", name, i), got, at(c.Output(t, name), i), tolerance)
				}
			}
		})
	}
}

func TestSchedulesKeepTheirEnds(t *testing.T) {
	lengths := []int{1, 2, 7}
	for _, form := range []Form{Lightly, DINO, MoCoV3} {
		for _, warmup := range append(lengths, 0) {
			for _, decay := range append(lengths, 0) {
				s := WarmupCosine(form, 0.1, 1, 0.2, warmup, warmup+decay)
				previous := s.At(0)
				for step := range warmup + decay + 3 {
					v := s.At(step)
					if math.IsNaN(v) || v < 0.1-1e-12 || v > 1+1e-12 {
						t.Fatalf("%s %d+%d: value %v at step %d is outside [0.1, 1]", form, warmup, decay, v, step)
					}
					if step < warmup && v < previous {
						t.Errorf("%s %d+%d: warm-up falls at step %d", form, warmup, decay, step)
					}
					previous = v
				}
				if previous != 0.2 {
					t.Errorf("%s %d+%d: ends at %v, want 0.2", form, warmup, decay, previous)
				}
			}
		}
	}
}

func TestPerEpochChangesBetweenEpochsOnly(t *testing.T) {
	// DINO's teacher temperature: 0.04 to 0.07 in three epochs, one value an epoch.
	s := PerEpoch{Epochs: Linear{0.04, 0.07, 3, DINO}, StepsPerEpoch: 2}
	for step, want := range []float64{0.04, 0.04, 0.055, 0.055, 0.07, 0.07, 0.07, 0.07} {
		if got := s.At(step); math.Abs(got-want) > 1e-15 {
			t.Errorf("step %d: %v, want %v", step, got, want)
		}
	}
}

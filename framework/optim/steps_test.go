package optim

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/internal/golden"
	"github.com/kontrast-ml/kontrast/internal/testbackend"
)

const tolerance = 1e-5

// trainer runs an optimizer on parameters and gradients given from outside.
type trainer struct {
	t     *testing.T
	store *model.Store
	names []string
	exec  *model.Exec
}

// rates are the scalars of a step.
type rates struct{ lr, decay, momentum float32 }

// newTrainer makes a trainer of parameters by name. Prepare turns each
// parameter and its gradient into what the optimizer sees.
func newTrainer(
	t *testing.T, values map[string]golden.Tensor, optimizer Optimizer,
	prepare func(g *graph.Graph, params []Param) []Param,
) *trainer {
	t.Helper()
	tr := &trainer{t: t, store: model.NewStore()}
	for name := range values {
		tr.names = append(tr.names, name)
	}
	slices.Sort(tr.names)
	for _, name := range tr.names {
		value := values[name]
		if _, err := tr.scope(name).CreateVariable("w",
			tensors.FromFlatDataAndDimensions(value.Float32(), value.Shape...)); err != nil {
			t.Fatal(err)
		}
	}
	exec, err := model.NewExec(testbackend.Chosen(t), tr.store, func(s *model.Scope, in []*graph.Node) *graph.Node {
		g := in[0].Graph()
		hyper := Hyper{LR: in[0], BaseLR: graph.Scalar(g, in[0].DType(), 1), WeightDecay: in[1], Momentum: in[2]}
		var params []Param
		for i, name := range tr.names {
			params = append(params, Param{Var: tr.scope(name).GetVariable("w"), Grad: in[3+i]})
		}
		optimizer.Update(s.At("optimizer"), g, prepare(g, params), hyper)
		return in[0]
	})
	if err != nil {
		t.Fatal(err)
	}
	tr.exec = exec
	return tr
}

func (tr *trainer) scope(name string) *model.Scope {
	return tr.store.RootScope().At("model").At("%s", strings.ReplaceAll(name, ".", "_"))
}

// step runs one step and returns the parameters after it.
func (tr *trainer) step(r rates, grads map[string]golden.Tensor) map[string][]float32 {
	tr.t.Helper()
	args := []any{r.lr, r.decay, r.momentum}
	for _, name := range tr.names {
		args = append(args, tensors.FromFlatDataAndDimensions(grads[name].Float32(), grads[name].Shape...))
	}
	if _, err := tr.exec.Call(args...); err != nil {
		tr.t.Fatal(err)
	}
	after := make(map[string][]float32)
	for _, name := range tr.names {
		value, err := tr.scope(name).GetVariable("w").Value()
		if err != nil {
			tr.t.Fatal(err)
		}
		after[name] = tensors.MustCopyFlatData[float32](value)
	}
	return after
}

// at is row i of a tensor.
func at(x golden.Tensor, i int) golden.Tensor {
	size := len(x.Data) / x.Shape[0]
	return golden.Tensor{Shape: x.Shape[1:], Data: x.Data[i*size : (i+1)*size]}
}

// excluding puts biases and normalization parameters into a group.
func excluding(group Group) func(*graph.Graph, []Param) []Param {
	return func(_ *graph.Graph, params []Param) []Param {
		for i := range params {
			if IsBiasOrNorm(params[i].Var) {
				params[i].Group = group
			}
		}
		return params
	}
}

func all(_ *graph.Graph, params []Param) []Param { return params }

func TestOptimizersGolden(t *testing.T) {
	excluded := Group{NoDecay: true, NoAdapt: true}
	for name, setup := range map[string]struct {
		optimizer Optimizer
		prepare   func(*graph.Graph, []Param) []Param
	}{
		"sgd":                        {SGD{}, all},
		"sgd_varying_lr":             {SGD{}, all},
		"sgd_nesterov":               {SGD{Nesterov: true}, all},
		"sgd_plain":                  {SGD{}, all},
		"adam":                       {Adam{}, all},
		"adam_l2":                    {Adam{}, all},
		"adamw":                      {Adam{Decoupled: true}, all},
		"adamw_b98_eps1e-6":          {Adam{Beta1: 0.9, Beta2: 0.98, Epsilon: 1e-6, Decoupled: true}, excluding(excluded)},
		"lars_lightly":               {LARS{Trust: 0.02}, excluding(excluded)},
		"lars_lightly_default_trust": {LARS{Trust: 0.001}, excluding(excluded)},
		"lars_solo_exclude":          {LARS{Form: LARSPaper, Trust: 0.02}, excluding(excluded)},
		"lars_solo_clip_all":         {LARS{Trust: 0.02, Clip: true}, all},
		"lars_mocov3":                {LARS{Form: LARSDecayed, Trust: 0.02}, excluding(excluded)},
		"lars_barlowtwins":           {LARS{Form: LARSDecayed, Trust: 0.02}, excluding(excluded)},
		"lars_dino":                  {LARS{Form: LARSDecayed, Trust: 0.02}, excluding(excluded)},
		"larc_swav":                  {LARS{Trust: 0.02}, all},
	} {
		t.Run(name, func(t *testing.T) {
			c := golden.Load(t, "optim_steps").Case(t, name)
			values := make(map[string]golden.Tensor)
			for key := range c.Inputs {
				if name, found := strings.CutPrefix(key, "param_"); found {
					values[name] = c.Input(t, key)
				}
			}
			tr := newTrainer(t, values, setup.optimizer, setup.prepare)
			var momentum float64
			if _, found := c.Params["momentum"]; found {
				momentum = golden.Decode[float64](t, c.Params, "momentum")
			}
			decay := golden.Decode[float64](t, c.Params, "weight_decay")
			for i, lr := range golden.Decode[[]float64](t, c.Params, "lr_per_step") {
				grads := make(map[string]golden.Tensor)
				for name := range values {
					grads[name] = at(c.Input(t, "grads_"+name), i)
				}
				after := tr.step(rates{float32(lr), float32(decay), float32(momentum)}, grads)
				for name, got := range after {
					golden.Near(t, fmt.Sprintf("%s after step %d", name, i), got, at(c.Output(t, "out_"+name), i), tolerance)
				}
			}
		})
	}
}

func TestLARSWithZeroNormsGolden(t *testing.T) {
	for name, optimizer := range map[string]Optimizer{
		"lars_lightly_zero_edges": LARS{Trust: 0.02},
		"lars_solo_zero_edges":    LARS{Trust: 0.02},
		"lars_mocov3_zero_edges":  LARS{Form: LARSDecayed, Trust: 0.02},
	} {
		t.Run(name, func(t *testing.T) {
			c := golden.Load(t, "optim_steps").Case(t, name)
			tr := newTrainer(t, map[string]golden.Tensor{
				"zero": c.Input(t, "param_zero"), "nonzero": c.Input(t, "param_nonzero"),
			}, optimizer, all)
			grads := map[string]golden.Tensor{"zero": c.Input(t, "grad_zero"), "nonzero": c.Input(t, "grad_nonzero")}
			for i := range golden.Decode[int](t, c.Params, "steps") {
				after := tr.step(rates{0.1, 0.01, 0.9}, grads)
				for name, got := range after {
					golden.Near(t, fmt.Sprintf("%s after step %d", name, i), got, at(c.Output(t, "out_"+name), i), tolerance)
				}
			}
		})
	}
}

package optim

import (
	"math"
	"slices"
	"testing"

	"github.com/kontrast-ml/kontrast/engine/cpu"
	"github.com/kontrast-ml/kontrast/engine/kernels/internal/kerneltest"
	"github.com/kontrast-ml/kontrast/engine/pool"
	"github.com/kontrast-ml/kontrast/internal/golden"
)

var names = []string{"conv.weight", "fc.weight", "fc.bias", "bn.weight"}

// params are the hyperparameters of a golden case; PyTorch made the numbers.
type params struct {
	momentum, decay, epsilon float64
	nesterov                 bool
	betas                    []float64
	rates                    []float64
}

func read(t *testing.T, c *golden.Case) params {
	p := params{decay: golden.Decode[float64](t, c.Params, "weight_decay"), rates: golden.Decode[[]float64](t, c.Params, "lr_per_step")}
	if _, found := c.Params["betas"]; found {
		p.betas, p.epsilon = golden.Decode[[]float64](t, c.Params, "betas"), golden.Decode[float64](t, c.Params, "eps")
	} else {
		p.momentum = golden.Decode[float64](t, c.Params, "momentum")
	}
	_, p.nesterov = c.Params["nesterov"]
	return p
}

func TestSGDAgainstPyTorch(t *testing.T) {
	file := golden.Load(t, "optim_steps")
	kerneltest.EachTier(t, func(t *testing.T) {
		for _, name := range []string{"sgd", "sgd_varying_lr", "sgd_nesterov", "sgd_plain"} {
			c := file.Case(t, name)
			p := read(t, c)
			var tensors []SGDTensor
			for _, n := range names {
				w := c.Input(t, "param_"+n).Float32()
				m := make([]float32, len(w))
				tensors = append(tensors, SGDTensor{Param: w, Momentum: m, NewParam: w, NewMomentum: m})
			}
			for step, rate := range p.rates {
				for i := range tensors {
					tensors[i].Grad = gradient(t, c, names[i], step, len(tensors[i].Param))
				}
				SGD{
					LearningRate: float32(rate), Momentum: float32(p.momentum), WeightDecay: float32(p.decay), Nesterov: p.nesterov,
				}.Update(nil, tensors)
			}
			for i, n := range names {
				golden.Near(t, name+" "+n, tensors[i].Param, last(t, c, n, len(tensors[i].Param)), 1e-5)
			}
		}
	})
}

func TestAdamAgainstPyTorch(t *testing.T) {
	file := golden.Load(t, "optim_steps")
	kerneltest.EachTier(t, func(t *testing.T) {
		for name, decoupled := range map[string]bool{"adam": false, "adam_l2": false, "adamw": true} {
			c := file.Case(t, name)
			p := read(t, c)
			var tensors []AdamTensor
			for _, n := range names {
				w := c.Input(t, "param_"+n).Float32()
				m, v := make([]float32, len(w)), make([]float32, len(w))
				tensors = append(tensors, AdamTensor{Param: w, M: m, V: v, NewParam: w, NewM: m, NewV: v})
			}
			for step, rate := range p.rates {
				for i := range tensors {
					tensors[i].Grad = gradient(t, c, names[i], step, len(tensors[i].Param))
				}
				Adam{
					LearningRate: rate, Beta1: p.betas[0], Beta2: p.betas[1], Epsilon: p.epsilon,
					WeightDecay: p.decay, Decoupled: decoupled, Step: step + 1,
				}.Update(nil, tensors)
			}
			for i, n := range names {
				golden.Near(t, name+" "+n, tensors[i].Param, last(t, c, n, len(tensors[i].Param)), 1e-5)
			}
		}
	})
}

// gradient returns the gradient of one step: the file has those of all steps in one tensor.
func gradient(t *testing.T, c *golden.Case, name string, step, size int) []float32 {
	return c.Input(t, "grads_"+name).Float32()[step*size:][:size]
}

// last returns the parameter after the last step.
func last(t *testing.T, c *golden.Case, name string, size int) golden.Tensor {
	out := c.Output(t, "out_"+name)
	return golden.Tensor{Shape: []int{size}, Data: out.Data[len(out.Data)-size:]}
}

func numbers(n int, seed float64) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(math.Sin(float64(i)*0.7 + seed))
	}
	return x
}

func TestMovingAverage(t *testing.T) {
	kerneltest.EachTier(t, func(t *testing.T) {
		for n := range 70 {
			average, param, got := numbers(n, 1), numbers(n, 2), make([]float32, n)
			MovingAverage(nil, 0.99, []AverageTensor{{Average: average, Param: param, NewAverage: got}})
			for i, v := range got {
				want := 0.99*float64(average[i]) + 0.01*float64(param[i])
				if math.Abs(float64(v)-want) > 1e-7 {
					t.Fatalf("%d elements: element %d is %g, want %g", n, i, v, want)
				}
			}
		}
	})
}

// Many tensors of odd sizes, some empty, some larger than a work item: all elements are updated once, whatever the
// threads and the tier.
func TestManyTensors(t *testing.T) {
	workers := pool.New(2)
	defer workers.Close()
	sizes := []int{0, 1, 7, itemSize, 3, itemSize + 5, 0, 100, 3*itemSize - 1, 16, 0}
	run := func(p *pool.Pool) []float32 {
		var sgd []SGDTensor
		var adam []AdamTensor
		for i, n := range sizes {
			seed := float64(i)
			sgd = append(sgd, SGDTensor{
				Param: numbers(n, seed), Grad: numbers(n, seed+1), Momentum: numbers(n, seed+2),
				NewParam: make([]float32, n), NewMomentum: make([]float32, n),
			})
			v := numbers(n, seed+2)
			for j := range v {
				v[j] *= v[j]
			}
			adam = append(adam, AdamTensor{
				Param: numbers(n, seed), Grad: numbers(n, seed+1), M: numbers(n, seed+2), V: v,
				NewParam: make([]float32, n), NewM: make([]float32, n), NewV: make([]float32, n),
			})
		}
		SGD{LearningRate: 0.1, Momentum: 0.9, WeightDecay: 0.01}.Update(p, sgd)
		Adam{LearningRate: 0.1, Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-8, WeightDecay: 0.1, Step: 3}.Update(p, adam)
		var out []float32
		for i := range sgd {
			out = slices.Concat(out, sgd[i].NewParam, sgd[i].NewMomentum, adam[i].NewParam, adam[i].NewM, adam[i].NewV)
		}
		return out
	}
	var portable []float32
	func() {
		defer cpu.SetTier(cpu.Portable)()
		portable = run(nil)
	}()
	kerneltest.EachTier(t, func(t *testing.T) {
		one, two := run(nil), run(workers)
		if !slices.Equal(one, two) {
			t.Error("the result depends on the number of threads")
		}
		for i, v := range one {
			if math.Abs(float64(v-portable[i])) > 2e-6 {
				t.Fatalf("element %d is %g, in the portable tier %g", i, v, portable[i])
			}
		}
	})
}

func BenchmarkUpdate(b *testing.B) {
	const n = 5_000_000
	w, g, m, v := numbers(n, 1), numbers(n, 2), numbers(n, 3), make([]float32, n)
	p := pool.New(0)
	defer p.Close()
	b.Run("SGD", func(b *testing.B) {
		b.SetBytes(4 * 5 * n)
		for b.Loop() {
			SGD{LearningRate: 1e-6, Momentum: 0.9}.Update(p, []SGDTensor{
				{Param: w, Grad: g, Momentum: m, NewParam: w, NewMomentum: m},
			})
		}
	})
	b.Run("Adam", func(b *testing.B) {
		b.SetBytes(4 * 7 * n)
		for b.Loop() {
			Adam{LearningRate: 1e-6, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, Step: 10}.Update(p, []AdamTensor{
				{Param: w, Grad: g, M: m, V: v, NewParam: w, NewM: m, NewV: v},
			})
		}
	})
	b.Run("MovingAverage", func(b *testing.B) {
		b.SetBytes(4 * 3 * n)
		for b.Loop() {
			MovingAverage(p, 0.99, []AverageTensor{{Average: m, Param: w, NewAverage: m}})
		}
	})
}

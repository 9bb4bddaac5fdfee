// Command vector_ours times the memory-bound kernels of the engine: one line
// of JSON a case, {"case": ..., "us": median microseconds}. vector_compare.py
// runs it in turns with vector_torch.py.
package main

import (
	"encoding/json"
	"flag"
	"log"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/kontrast-ml/kontrast/engine/kernels/attention"
	"github.com/kontrast-ml/kontrast/engine/kernels/norm"
	"github.com/kontrast-ml/kontrast/engine/kernels/optim"
	"github.com/kontrast-ml/kontrast/engine/kernels/vector"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

func main() {
	threads := flag.Int("threads", 2, "number of threads")
	only := flag.String("only", "", "run the cases whose name contains this")
	seconds := flag.Float64("seconds", 0.3, "time for a case")
	cpu := flag.Bool("cpu", false, "measure processor time instead of the clock: for one thread on a busy machine")
	flag.Parse()
	now := func() float64 { return float64(time.Now().UnixNano()) / 1e3 }
	if *cpu {
		now = processorTime
	}
	p := pool.New(*threads)
	defer p.Close()
	out := json.NewEncoder(os.Stdout)
	for _, c := range cases(p) {
		if !strings.Contains(c.name, *only) {
			continue
		}
		run := c.prepare()
		run()
		var times []float64
		for start := time.Now(); len(times) < 5 || time.Since(start).Seconds() < *seconds; {
			t := now()
			run()
			times = append(times, now()-t)
		}
		slices.Sort(times)
		if err := out.Encode(map[string]any{"case": c.name, "us": times[len(times)/2]}); err != nil {
			os.Exit(1)
		}
	}
}

// processorTime returns the microseconds that this process has computed.
func processorTime() float64 {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t); err != nil {
		log.Fatal(err)
	}
	return float64(t.Nano()) / 1e3
}

type timed struct {
	name    string
	prepare func() func()
}

// data returns n numbers between -2 and 2.
func data(n int) []float32 {
	x := make([]float32, n)
	state := uint32(1)
	for i := range x {
		state = state*1664525 + 1013904223
		x[i] = float32(state>>8)/(1<<22) - 2
	}
	return x
}

func cases(p *pool.Pool) []timed {
	var list []timed
	add := func(name string, prepare func() func()) { list = append(list, timed{name, prepare}) }
	rows := []struct {
		name       string
		rows, cols int
	}{{"vit_ti", 64 * 3 * 65, 65}, {"vit_s", 8 * 6 * 197, 197}}
	for _, s := range rows {
		add("softmax/"+s.name, func() func() {
			x, y := data(s.rows*s.cols), data(s.rows*s.cols)
			return func() { norm.Softmax(p, y, x, s.cols) }
		})
		add("softmax_grad/"+s.name, func() func() {
			x, y := data(s.rows*s.cols), data(s.rows*s.cols)
			return func() { norm.SoftmaxGradient(p, x, y, x, s.cols) }
		})
	}
	for _, s := range []struct {
		name       string
		rows, cols int
	}{{"vit_ti", 64 * 65, 192}, {"vit_s", 8 * 197, 384}} {
		add("layer_norm/"+s.name, func() func() {
			x, y := data(s.rows*s.cols), data(s.rows*s.cols)
			g, mean, rstd := data(s.cols), data(s.rows), data(s.rows)
			return func() { norm.LayerNorm(p, y, mean, rstd, x, g, g, s.cols, 1e-6) }
		})
		add("layer_norm_grad/"+s.name, func() func() {
			x, dx, dy := data(s.rows*s.cols), data(s.rows*s.cols), data(s.rows*s.cols)
			g, mean, rstd := data(s.cols), data(s.rows), data(s.rows)
			return func() { norm.LayerNormGradient(p, dx, data(s.cols), data(s.cols), x, g, mean, rstd, dy, s.cols) }
		})
		add("gelu/"+s.name, func() func() {
			x, y := data(4*s.rows*s.cols), data(4*s.rows*s.cols)
			return func() {
				blocks(p, len(x), func(from, to int) { vector.Unary(vector.Gelu, y[from:to], x[from:to]) })
			}
		})
		add("gelu_grad/"+s.name, func() func() {
			x, dx, dy := data(4*s.rows*s.cols), data(4*s.rows*s.cols), data(4*s.rows*s.cols)
			return func() {
				blocks(p, len(x), func(from, to int) { vector.Binary(vector.GeluGrad, dx[from:to], x[from:to], dy[from:to]) })
			}
		})
	}
	for _, s := range []struct {
		name       string
		rows, cols int
	}{{"resnet20_16", 128 * 32 * 32, 16}, {"resnet18_64", 32 * 32 * 32, 64}, {"resnet18_256", 32 * 8 * 8, 256}, {"resnet50_2048", 8 * 7 * 7, 2048}} {
		n := s.rows * s.cols
		add("batch_norm_relu/"+s.name, func() func() {
			x, y, g, mean, variance := data(n), data(n), data(s.cols), data(s.cols), data(s.cols)
			return func() { norm.BatchNorm(p, y, mean, variance, x, g, g, 1e-5, norm.Epilogue{Relu: true}) }
		})
		add("batch_norm_relu_grad/"+s.name, func() func() {
			a := norm.BatchNormGradArgs{
				X: data(n), Gamma: data(s.cols), Mean: make([]float32, s.cols), Variance: make([]float32, s.cols), Epsilon: 1e-5,
				DY: data(n), Output: data(n), DX: data(n), DGamma: data(s.cols), DBeta: data(s.cols),
			}
			norm.Moments(p, a.Mean, a.Variance, a.X)
			return func() { norm.BatchNormGradient(p, a) }
		})
	}
	for _, s := range []struct {
		name    string
		problem attention.Problem
	}{
		{"vit_ti", attention.Problem{Batch: 64, Heads: 3, QueryLen: 65, KVLen: 65, Dim: 64}},
		{"vit_s", attention.Problem{Batch: 8, Heads: 6, QueryLen: 197, KVLen: 197, Dim: 64}},
	} {
		a := s.problem
		n := a.Batch * a.Heads * a.QueryLen * a.Dim
		heads := func() attention.Heads { return attention.BSHD(data(n), a.Heads, a.QueryLen, a.Dim) }
		add("attention/"+s.name, func() func() {
			q, k, v, out, lse := heads(), heads(), heads(), heads(), data(n/a.Dim)
			return func() { a.Forward(p, out, lse, q, k, v) }
		})
		add("attention_grad/"+s.name, func() func() {
			q, k, v, out, lse := heads(), heads(), heads(), heads(), data(n/a.Dim)
			dq, dk, dv, dout := heads(), heads(), heads(), heads()
			a.Forward(p, out, lse, q, k, v)
			return func() { a.Gradient(p, dq, dk, dv, q, k, v, out, lse, dout) }
		})
	}
	const parameters = 5_000_000
	add("sgd/5M", func() func() {
		w, g, m := data(parameters), data(parameters), data(parameters)
		return func() {
			optim.SGD{LearningRate: 1e-6, Momentum: 0.9, WeightDecay: 1e-4}.Update(p, []optim.SGDTensor{
				{Param: w, Grad: g, Momentum: m, NewParam: w, NewMomentum: m},
			})
		}
	})
	add("adamw/5M", func() func() {
		w, g, m, v := data(parameters), data(parameters), data(parameters), make([]float32, parameters)
		return func() {
			optim.Adam{LearningRate: 1e-6, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, WeightDecay: 0.1, Decoupled: true, Step: 10}.
				Update(p, []optim.AdamTensor{{Param: w, Grad: g, M: m, V: v, NewParam: w, NewM: m, NewV: v}})
		}
	})
	return list
}

// blocks cuts n elements as the engine's loops do.
func blocks(p *pool.Pool, n int, f func(from, to int)) {
	const block, perItem = 2048, 8
	p.Run((n+block*perItem-1)/(block*perItem), func(i, _ int) {
		for from := i * block * perItem; from < min((i+1)*block*perItem, n); from += block {
			f(from, min(from+block, n))
		}
	})
}

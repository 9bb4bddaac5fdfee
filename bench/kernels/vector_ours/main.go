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
	for _, s := range []struct {
		name       string
		rows, cols int
	}{{"vit_ti", 64 * 65, 192}, {"vit_s", 8 * 197, 384}} {
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

// Command kernels times single kernels of the engine for compare.py: it reads
// one JSON job a line and answers with the seconds of its fastest run.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"time"
	"unsafe"

	"github.com/kontrast-ml/kontrast/engine/cpu"
	"github.com/kontrast-ml/kontrast/engine/kernels/conv"
	"github.com/kontrast-ml/kontrast/engine/kernels/gemm"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

// job is what to time. Op is forward, inputgrad, weightgrad, gemm or peak.
type job struct {
	Op      string
	Threads int
	Runs    int
	Exact   bool // direct convolution only

	N, Size, C, K, O, Stride int // convolution: batch, map, channels, kernel, output channels

	Rows, Cols, Inner int // product
	TransA, TransB    bool
}

func main() {
	pools := map[int]*pool.Pool{}
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		var j job
		if err := json.Unmarshal(in.Bytes(), &j); err != nil {
			fail(err)
		}
		if pools[j.Threads] == nil {
			pools[j.Threads] = pool.New(j.Threads)
		}
		if j.Op == "peak" {
			fmt.Println(cpu.Peak(100 * time.Millisecond))
			continue
		}
		run, err := prepare(j, pools[j.Threads])
		if err != nil {
			fail(err)
		}
		run()
		best := time.Hour
		for range j.Runs {
			start := time.Now()
			run()
			best = min(best, time.Since(start))
		}
		fmt.Println(best.Seconds())
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "kernels:", err)
	os.Exit(1)
}

// prepare returns a function that does the job once, the packing of weights included.
func prepare(j job, p *pool.Pool) (func(), error) {
	if j.Op == "gemm" {
		g, err := gemm.New(gemm.Spec{M: j.Rows, N: j.Cols, K: j.Inner, TransA: j.TransA, TransB: j.TransB})
		if err != nil {
			return nil, err
		}
		a, b, c := memory(j.Rows*j.Inner), memory(j.Inner*j.Cols), memory(j.Rows*j.Cols)
		scratch := memory(g.ScratchSize(j.Threads))
		return func() { g.Run(p, c, a, b, scratch, nil) }, nil
	}
	pad := j.K / 2
	s := conv.Spec{
		N: j.N, H: j.Size, W: j.Size, C: j.C, KH: j.K, KW: j.K, O: j.O, StrideH: j.Stride, StrideW: j.Stride,
		PadTop: pad, PadBottom: pad, PadLeft: pad, PadRight: pad,
	}
	x, w, y := memory(s.N*s.H*s.W*s.C), memory(s.KH*s.KW*s.C*s.O), memory(s.N*s.OutH()*s.OutW()*s.O)
	opts := conv.Options{Exact: j.Exact}
	switch j.Op {
	case "forward":
		f, err := conv.NewForward(s, opts)
		if err != nil {
			return nil, err
		}
		packed, scratch := memory(f.PackedSize()), memory(f.ScratchSize(j.Threads))
		return func() {
			f.Pack(p, packed, w)
			f.Run(p, y, x, packed, scratch)
		}, nil
	case "inputgrad":
		g, err := conv.NewInputGrad(s, opts)
		if err != nil {
			return nil, err
		}
		packed, scratch := memory(g.PackedSize()), memory(g.ScratchSize(j.Threads))
		return func() {
			g.Pack(p, packed, w)
			g.Run(p, x, y, packed, scratch)
		}, nil
	case "weightgrad":
		k, err := conv.NewWeightGrad(s, opts)
		if err != nil {
			return nil, err
		}
		scratch := memory(k.ScratchSize(j.Threads))
		return func() { k.Run(p, w, x, y, scratch) }, nil
	}
	return nil, fmt.Errorf("unknown op %q: expected forward, inputgrad, weightgrad, gemm or peak", j.Op)
}

// memory returns numbers between -1 and 1, beginning at a cache line.
func memory(n int) []float32 {
	s := make([]float32, n+16)
	skip := int(-uintptr(unsafe.Pointer(&s[0])) & 63 / 4)
	s = s[skip : skip+n : skip+n]
	for i := range s {
		s[i] = float32(i*2654435761%2001)/1000 - 1
	}
	return s
}

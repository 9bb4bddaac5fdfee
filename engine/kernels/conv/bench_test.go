package conv

import (
	"fmt"
	"testing"
	"unsafe"

	"github.com/kontrast-ml/kontrast/engine/pool"
)

// benchSpecs are layers of ResNets: of the CIFAR kind at batch 32 and 128, and
// of ResNet-50 and ResNeXt-50 at batch 8.
var benchSpecs = []Spec{
	same(32, 32, 64, 3, 64, 1), same(32, 16, 128, 3, 128, 1), same(32, 8, 256, 3, 256, 1), same(32, 4, 512, 3, 512, 1),
	same(128, 32, 16, 3, 16, 1), same(128, 16, 32, 3, 32, 1), same(128, 8, 64, 3, 64, 1),
	same(32, 32, 64, 3, 128, 2), same(32, 32, 64, 1, 128, 2), same(32, 32, 3, 3, 64, 1),
	same(8, 224, 3, 7, 64, 2), same(8, 56, 64, 3, 64, 1), same(8, 56, 256, 1, 64, 1), same(8, 56, 64, 1, 256, 1),
	same(8, 14, 256, 3, 256, 1), same(8, 14, 1024, 1, 256, 1), same(8, 7, 512, 3, 512, 1), same(8, 7, 2048, 1, 512, 1),
	grouped(8, 56, 128, 3, 128, 1, 32), grouped(8, 28, 256, 3, 256, 1, 32), grouped(8, 56, 256, 3, 256, 2, 32),
	grouped(8, 14, 512, 3, 512, 1, 32), grouped(8, 7, 1024, 3, 1024, 1, 32),
}

func grouped(n, size, c, kernel, o, stride, groups int) Spec {
	s := same(n, size, c, kernel, o, stride)
	s.Groups = groups
	return s
}

// aligned returns memory that begins at a cache line.
func aligned(n int) []float32 {
	s := make([]float32, n+16)
	skip := int(-uintptr(unsafe.Pointer(&s[0])) & 63 / 4)
	return s[skip : skip+n : skip+n]
}

func alignedTensors(s Spec) tensors {
	v := randomTensors(s)
	for _, t := range []*[]float32{&v.x, &v.w, &v.y} {
		copied := aligned(len(*t))
		copy(copied, *t)
		*t = copied
	}
	return v
}

func benchmark(b *testing.B, opts Options, plan func(s Spec, p *pool.Pool) func()) {
	for _, threads := range []int{1, 2} {
		p := pool.New(threads)
		for _, s := range benchSpecs {
			b.Run(fmt.Sprintf("%dT/%v", threads, s), func(b *testing.B) {
				run := plan(s, p)
				for b.Loop() {
					run()
				}
				b.ReportMetric(s.Flops()*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOPS")
			})
		}
		p.Close()
	}
}

func benchmarkForward(b *testing.B, opts Options) {
	benchmark(b, opts, func(s Spec, p *pool.Pool) func() {
		f, err := NewForward(s, opts)
		if err != nil {
			b.Fatal(err)
		}
		v, packed, scratch := alignedTensors(s), aligned(f.PackedSize()), aligned(f.ScratchSize(p.Threads()))
		return func() {
			f.Pack(p, packed, v.w)
			f.Run(p, v.y, v.x, packed, scratch)
		}
	})
}

func benchmarkInputGrad(b *testing.B, opts Options) {
	benchmark(b, opts, func(s Spec, p *pool.Pool) func() {
		g, err := NewInputGrad(s, opts)
		if err != nil {
			b.Fatal(err)
		}
		v, packed, scratch := alignedTensors(s), aligned(g.PackedSize()), aligned(g.ScratchSize(p.Threads()))
		return func() {
			g.Pack(p, packed, v.w)
			g.Run(p, v.x, v.y, packed, scratch)
		}
	})
}

func BenchmarkForwardBFloat16(b *testing.B)   { benchmarkForward(b, Options{BFloat16: true}) }
func BenchmarkInputGradBFloat16(b *testing.B) { benchmarkInputGrad(b, Options{BFloat16: true}) }
func BenchmarkForward(b *testing.B)           { benchmarkForward(b, Options{}) }
func BenchmarkForwardExact(b *testing.B)      { benchmarkForward(b, Options{Exact: true}) }
func BenchmarkInputGrad(b *testing.B)         { benchmarkInputGrad(b, Options{}) }
func BenchmarkInputGradExact(b *testing.B)    { benchmarkInputGrad(b, Options{Exact: true}) }

func BenchmarkWeightGrad(b *testing.B)         { benchmarkWeightGrad(b, Options{}) }
func BenchmarkWeightGradExact(b *testing.B)    { benchmarkWeightGrad(b, Options{Exact: true}) }
func BenchmarkWeightGradBFloat16(b *testing.B) { benchmarkWeightGrad(b, Options{BFloat16: true}) }

func benchmarkWeightGrad(b *testing.B, opts Options) {
	benchmark(b, opts, func(s Spec, p *pool.Pool) func() {
		k, err := NewWeightGrad(s, opts)
		if err != nil {
			b.Fatal(err)
		}
		v, scratch := alignedTensors(s), aligned(k.ScratchSize(p.Threads()))
		return func() { k.Run(p, v.w, v.x, v.y, scratch) }
	})
}

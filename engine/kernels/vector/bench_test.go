package vector

import (
	"testing"

	"github.com/kontrast-ml/kontrast/engine/cpu"
)

// Blocks as the engine's loops use them: two or three stay in the L1 cache.
const blockSize = 2048

func benchmark(b *testing.B, name string, streams int, f func(dst, x, y []float32)) {
	dst, x, y := make([]float32, blockSize), make([]float32, blockSize), make([]float32, blockSize)
	for i := range x {
		x[i], y[i] = float32(i%17)/4-2, float32(i%5)/4+1
	}
	for level := cpu.Portable; level <= cpu.Supported(); level++ {
		b.Run(name+"/"+level.String(), func(b *testing.B) {
			defer cpu.SetTier(level)()
			b.SetBytes(int64(4 * streams * blockSize))
			for b.Loop() {
				f(dst, x, y)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/blockSize, "ns/elem")
		})
	}
}

func BenchmarkUnary(b *testing.B) {
	for op := range unaryOps {
		benchmark(b, op.String(), 2, func(dst, x, _ []float32) { Unary(op, dst, x) })
	}
}

func BenchmarkBinary(b *testing.B) {
	for op := range binaryOps {
		benchmark(b, op.String(), 3, func(dst, x, y []float32) { Binary(op, dst, x, y) })
	}
}

func BenchmarkCompareSelect(b *testing.B) {
	mask := make([]bool, blockSize)
	benchmark(b, "Less", 2, func(_, x, y []float32) { Compare(Less, mask, x, y) })
	benchmark(b, "Select", 3, func(dst, x, y []float32) { Select(dst, mask, x, y) })
}

package norm

import (
	"fmt"
	"testing"

	"github.com/kontrast-ml/kontrast/engine/kernels/internal/kerneltest"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

// measure runs f with one thread and two; bytes are those that it reads and writes at least.
func measure(b *testing.B, name string, bytes int, f func(p *pool.Pool)) {
	for _, threads := range []int{1, 2} {
		b.Run(fmt.Sprintf("%s/threads=%d", name, threads), func(b *testing.B) {
			p := pool.New(threads)
			defer p.Close()
			b.SetBytes(int64(bytes))
			for b.Loop() {
				f(p)
			}
		})
	}
}

func BenchmarkBatchNorm(b *testing.B) {
	for _, s := range [][2]int{{128 * 32 * 32, 16}, {32 * 32 * 32, 64}, {32 * 8 * 8, 256}, {8 * 7 * 7, 2048}} {
		rows, cols := s[0], s[1]
		n := rows * cols
		x, y, dy, dx := kerneltest.Random(1, n, 0, 1), make([]float32, n), kerneltest.Random(2, n, 0, 1), make([]float32, n)
		gamma, beta := kerneltest.Random(3, cols, 1, 0.1), kerneltest.Random(4, cols, 0, 1)
		mean, variance := make([]float32, cols), make([]float32, cols)
		dgamma, dbeta := make([]float32, cols), make([]float32, cols)
		name := fmt.Sprintf("%dx%d", rows, cols)
		measure(b, "Forward/"+name, 4*3*n, func(p *pool.Pool) {
			BatchNorm(p, y, mean, variance, x, gamma, beta, 1e-5, Epilogue{Relu: true})
		})
		measure(b, "Gradient/"+name, 4*7*n, func(p *pool.Pool) {
			BatchNormGradient(p, BatchNormGradArgs{
				X: x, Gamma: gamma, Mean: mean, Variance: variance, Epsilon: 1e-5, DY: dy, Output: y,
				DX: dx, DGamma: dgamma, DBeta: dbeta,
			})
		})
	}
}

func BenchmarkRows(b *testing.B) {
	for _, s := range [][2]int{{64 * 65, 192}, {8 * 197, 384}, {64 * 3 * 65, 65}, {256, 4096}} {
		rows, cols := s[0], s[1]
		n := rows * cols
		x, y, dy, dx := kerneltest.Random(1, n, 0, 1), make([]float32, n), kerneltest.Random(2, n, 0, 1), make([]float32, n)
		gamma, beta := kerneltest.Random(3, cols, 1, 0.1), kerneltest.Random(4, cols, 0, 1)
		mean, rstd := make([]float32, rows), make([]float32, rows)
		name := fmt.Sprintf("%dx%d", rows, cols)
		measure(b, "LayerNorm/"+name, 4*2*n, func(p *pool.Pool) { LayerNorm(p, y, mean, rstd, x, gamma, beta, cols, 1e-5) })
		measure(b, "LayerNormGradient/"+name, 4*3*n, func(p *pool.Pool) {
			LayerNormGradient(p, dx, gamma, beta, x, gamma, mean, rstd, dy, cols)
		})
		measure(b, "Softmax/"+name, 4*2*n, func(p *pool.Pool) { Softmax(p, y, x, cols) })
		measure(b, "SoftmaxGradient/"+name, 4*3*n, func(p *pool.Pool) { SoftmaxGradient(p, dx, y, dy, cols) })
		measure(b, "LogSoftmax/"+name, 4*2*n, func(p *pool.Pool) { LogSoftmax(p, y, x, cols) })
		measure(b, "L2Normalize/"+name, 4*2*n, func(p *pool.Pool) { L2Normalize(p, y, mean, x, cols, 1e-12) })
	}
}

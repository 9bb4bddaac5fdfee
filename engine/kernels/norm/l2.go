package norm

import (
	"math"

	"github.com/kontrast-ml/kontrast/engine/kernels/reduce"
	"github.com/kontrast-ml/kontrast/engine/kernels/vector"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

// L2Normalize divides each row of x, which is [len(norm), cols], by max(norm[r], epsilon) with its Euclidean norm,
// and sets norm, which the gradient needs.
func L2Normalize(p *pool.Pool, y, norm, x []float32, cols int, epsilon float32) {
	forRows(p, len(x), cols, func(from, to int) {
		for r := from / cols; r < to/cols; r++ {
			row := x[r*cols:][:cols]
			norm[r] = float32(math.Sqrt(float64(reduce.Block(reduce.SumSquares, row))))
			vector.BinaryScalar(vector.Div, y[r*cols:][:cols], row, max(norm[r], epsilon))
		}
	})
}

// L2NormalizeGradient sets dx = (dy - y * Σ dy*y) / norm, row by row, or dy / epsilon where norm < epsilon, for the
// output y of L2Normalize. dx may be dy, not y.
func L2NormalizeGradient(p *pool.Pool, dx, y, norm, dy []float32, cols int, epsilon float32) {
	forRows(p, len(y), cols, func(from, to int) {
		for r := from / cols; r < to/cols; r++ {
			d, row, g := dx[r*cols:][:cols], y[r*cols:][:cols], dy[r*cols:][:cols]
			if norm[r] < epsilon {
				vector.BinaryScalar(vector.Div, d, g, epsilon)
				continue
			}
			vector.AddScaled(d, g, -reduce.DotBlock(g, row), row)
			vector.BinaryScalar(vector.Div, d, d, norm[r])
		}
	})
}

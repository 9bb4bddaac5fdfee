package norm

import "github.com/kontrast-ml/kontrast/engine/pool"

// Softmax sets y[r,c] = exp(x[r,c]) / Σ exp(x[r,·]) for x [R, cols].
func Softmax(p *pool.Pool, y, x []float32, cols int) {
	k := active()
	forRows(p, len(x), cols, func(from, to int) { k.softmax(y[from:to], x[from:to], cols) })
}

// SoftmaxGradient sets dx = y * (dy - Σ dy*y), row by row, for the output y of Softmax.
func SoftmaxGradient(p *pool.Pool, dx, y, dy []float32, cols int) {
	k := active()
	forRows(p, len(y), cols, func(from, to int) { k.softmaxGrad(dx[from:to], y[from:to], dy[from:to], cols) })
}

// LogSoftmax sets y[r,c] = x[r,c] - ln Σ exp(x[r,·]).
func LogSoftmax(p *pool.Pool, y, x []float32, cols int) {
	k := active()
	forRows(p, len(x), cols, func(from, to int) { k.logSoftmax(y[from:to], x[from:to], cols) })
}

// LogSoftmaxGradient sets dx = dy - exp(y) * Σ dy, row by row, for the output y of LogSoftmax.
func LogSoftmaxGradient(p *pool.Pool, dx, y, dy []float32, cols int) {
	k := active()
	forRows(p, len(y), cols, func(from, to int) { k.logSoftmaxGrad(dx[from:to], y[from:to], dy[from:to], cols) })
}

// LogSumExp sets lse[r] = ln Σ exp(x[r,·]) for x [len(lse), cols]: -Inf for a row that is -Inf throughout.
func LogSumExp(p *pool.Pool, lse, x []float32, cols int) {
	k := active()
	forRows(p, len(x), cols, func(from, to int) { k.logSumExp(lse[from/cols:to/cols], x[from:to], cols) })
}

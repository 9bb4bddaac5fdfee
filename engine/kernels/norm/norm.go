package norm

import "fmt"

// ScaleShift sets dst = x*scale + shift + residual, and then negative results to 0 if relu. residual is nil for none.
func ScaleShift(dst, x, scale, shift, residual []float32, relu bool) {
	checkRows(len(dst), len(scale))
	kernel := active().scaleShift[variant(residual, relu)]
	kernel(dst, x[:len(dst)], optional(residual, len(dst)), scale, shift[:len(scale)])
}

// Gate passes a gradient back through the ReLU of ScaleShift: dst = dy + more, but 0 where x*scale + shift + residual ≤
// 0. more and residual are nil for none.
func Gate(dst, dy, more, x, scale, shift, residual []float32) {
	checkRows(len(dst), len(scale))
	kernel := active().gate[variant(residual, more != nil)]
	kernel(
		dst, dy[:len(dst)], optional(more, len(dst)), x[:len(dst)], optional(residual, len(dst)), scale, shift[:len(scale)],
	)
}

// GradientSums adds Σ dy to sum and Σ dy*(x - mean) to product, over the rows: the gradients of shift and of scale
// without its factor 1/σ.
func GradientSums(sum, product, dy, x, mean []float32) {
	checkRows(len(dy), len(mean))
	active().gradientSums(sum[:len(mean)], product[:len(mean)], dy, x[:len(dy)], mean)
}

// Gradient sets dx = dy*k1 + ((x - mean)*k2 + k3): the gradient of a batch norm with respect to its input, where
// k1 = scale/σ, k2 = -scale Σdy(x-mean) / (R σ³) and k3 = -scale Σdy / (R σ).
func Gradient(dx, dy, x, mean, k1, k2, k3 []float32) {
	n := len(mean)
	checkRows(len(dx), n)
	active().gradient(dx, dy[:len(dx)], x[:len(dx)], mean, k1[:n], k2[:n], k3[:n])
}

// variant is the place of a kernel among those with and without a residual, and with and without something else.
func variant(residual []float32, other bool) int {
	v := 0
	if residual != nil {
		v++
	}
	if other {
		v += 2
	}
	return v
}

func optional(s []float32, n int) []float32 {
	if s == nil {
		return nil
	}
	return s[:n]
}

// checkRows panics unless n elements are whole rows, one or more.
func checkRows(n, cols int) {
	if n == 0 || cols == 0 || n%cols != 0 {
		panic(fmt.Sprintf("norm: %d elements are not whole rows of %d", n, cols))
	}
}

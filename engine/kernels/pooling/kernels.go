package pooling

// The kernels work on len(y) channels; their argument x, or dx, begins at the
// first pixel of the window. Whole vectors are done in assembly, if the tier has
// any, and the other channels here.

func (g *Plan) maxWindow(y, x []float32, pixels []int32) {
	for c := g.maxVectors(y, x, pixels); c < len(y); c++ {
		best := x[c]
		for _, at := range pixels {
			best = max(best, x[int(at)+c])
		}
		y[c] = best
	}
}

func (g *Plan) maxGradWindow(dx, x, y, dy []float32, pixels []int32) {
	for c := g.maxGradVectors(dx, x, y, dy, pixels); c < len(y); c++ {
		for _, at := range pixels {
			if i := int(at) + c; x[i] == y[c] {
				dx[i] += dy[c]
				break
			}
		}
	}
}

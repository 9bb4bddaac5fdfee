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

func (g *Plan) sumWindow(y, x []float32, pixels []int32, scale float32) {
	for c := g.sumVectors(y, x, pixels, scale); c < len(y); c++ {
		sum := float32(0)
		for _, at := range pixels {
			sum += x[int(at)+c]
		}
		y[c] = sum * scale
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

func (g *Plan) addWindow(dx, dy []float32, pixels []int32, scale float32) {
	for c := g.addVectors(dx, dy, pixels, scale); c < len(dy); c++ {
		share := dy[c] * scale
		for _, at := range pixels {
			dx[int(at)+c] += share
		}
	}
}

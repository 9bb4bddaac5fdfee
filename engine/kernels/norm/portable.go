package norm

import "math"

func portableKernels() *kernels {
	return &kernels{
		moments:        portableMoments,
		gradSums:       portableGradSums,
		gradSumsRelu:   portableGradSums,
		gradApply:      portableGradApply,
		gradApplyRelu:  portableGradApply,
		layerNorm:      portableLayerNorm,
		layerNormGrad:  portableLayerNormGrad,
		softmax:        portableSoftmax,
		logSoftmax:     portableLogSoftmax,
		softmaxGrad:    portableSoftmaxGrad,
		logSoftmaxGrad: portableLogSoftmaxGrad,
		logSumExp:      portableLogSumExp,
	}
}

func portableMoments(sum, squares, shift, x []float32) {
	cols := len(shift)
	for start := 0; start < len(x); start += cols {
		for c, v := range x[start:][:cols] {
			d := v - shift[c]
			sum[c] += d
			squares[c] += d * d
		}
	}
}

func portableGradSums(sum, product, mean, x, dy, output []float32) {
	cols := len(mean)
	for start := 0; start < len(x); start += cols {
		for c := range cols {
			g := masked(dy, output, start+c)
			sum[c] += g
			product[c] += g * (x[start+c] - mean[c])
		}
	}
}

func portableGradApply(dx, dresidual, x, dy, output, mean, k1, k2, k3 []float32) {
	cols := len(mean)
	for start := 0; start < len(x); start += cols {
		for c := range cols {
			g := masked(dy, output, start+c)
			if dresidual != nil {
				dresidual[start+c] = g
			}
			dx[start+c] = g*k1[c] + ((x[start+c]-mean[c])*k2[c] + k3[c])
		}
	}
}

func masked(dy, output []float32, i int) float32 {
	if output != nil && !(output[i] > 0) {
		return 0
	}
	return dy[i]
}

func portableLayerNorm(y, mean, rstd, x, gamma, beta []float32, epsilon float32) {
	cols := len(gamma)
	for r := range mean {
		row, out := x[r*cols:][:cols], y[r*cols:][:cols]
		var sum, squares float64
		for _, v := range row {
			sum += float64(v)
		}
		m := sum / float64(cols)
		for _, v := range row {
			squares += (float64(v) - m) * (float64(v) - m)
		}
		mean[r] = float32(m)
		rstd[r] = float32(1 / math.Sqrt(squares/float64(cols)+float64(epsilon)))
		for c, v := range row {
			out[c] = (v-mean[r])*rstd[r]*gamma[c] + beta[c]
		}
	}
}

func portableLayerNormGrad(dx, dgamma, dbeta, x, gamma, mean, rstd, dy []float32) {
	cols := len(gamma)
	for r := range mean {
		row, g, out := x[r*cols:][:cols], dy[r*cols:][:cols], dx[r*cols:][:cols]
		var sum, product float64 // of dy gamma, and of that times the normalised x
		for c, v := range row {
			normalised := (v - mean[r]) * rstd[r]
			dgamma[c] += g[c] * normalised
			dbeta[c] += g[c]
			sum += float64(g[c] * gamma[c])
			product += float64(g[c] * gamma[c] * normalised)
		}
		a, b := float32(sum/float64(cols)), float32(product/float64(cols))
		for c, v := range row {
			out[c] = rstd[r] * (g[c]*gamma[c] - a - (v-mean[r])*rstd[r]*b)
		}
	}
}

// partition returns the maximum of the row, at least the lowest finite number, and Σ exp(x - maximum).
func partition(row []float32) (maximum, sum float64) {
	m := float32(-math.MaxFloat32)
	for _, v := range row {
		m = max(m, v)
	}
	for _, v := range row {
		sum += math.Exp(float64(v - m))
	}
	return float64(m), sum
}

func portableSoftmax(y, x []float32, cols int) {
	for start := 0; start < len(x); start += cols {
		row := x[start:][:cols]
		maximum, sum := partition(row)
		for c, v := range row {
			y[start+c] = float32(math.Exp(float64(v)-maximum) / sum)
		}
	}
}

func portableLogSoftmax(y, x []float32, cols int) {
	for start := 0; start < len(x); start += cols {
		row := x[start:][:cols]
		maximum, sum := partition(row)
		logSum := math.Log(sum)
		for c, v := range row {
			y[start+c] = float32(float64(v) - maximum - logSum)
		}
	}
}

func portableLogSumExp(lse, x []float32, cols int) {
	for r := range lse {
		maximum, sum := partition(x[r*cols:][:cols])
		lse[r] = float32(maximum + math.Log(sum))
	}
}

func portableSoftmaxGrad(dx, y, dy []float32, cols int) {
	for start := 0; start < len(y); start += cols {
		var dot float64
		for c, v := range y[start:][:cols] {
			dot += float64(v) * float64(dy[start+c])
		}
		for c, v := range y[start:][:cols] {
			dx[start+c] = v * (dy[start+c] - float32(dot))
		}
	}
}

func portableLogSoftmaxGrad(dx, y, dy []float32, cols int) {
	for start := 0; start < len(y); start += cols {
		var sum float64
		for _, v := range dy[start:][:cols] {
			sum += float64(v)
		}
		for c, v := range y[start:][:cols] {
			dx[start+c] = dy[start+c] - float32(math.Exp(float64(v))*sum)
		}
	}
}

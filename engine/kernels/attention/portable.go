package attention

import "math"

func portableKernels() *kernels {
	return &kernels{multiply: portableMultiply, softmax: portableSoftmax, gradient: portableGradient,
		prefetch: func(*float32, int, int, int) {}}
}

// clear sets C to 0 unless the product is added.
func (m *product) clear() {
	if m.add {
		return
	}
	for i := range m.rows {
		clear(m.c[i*m.ldc:][:m.cols])
	}
}

func portableMultiply(m *product) {
	m.clear()
	for i := range m.rows {
		c := m.c[i*m.ldc:][:m.cols]
		for k := range m.depth {
			x := m.a[i*m.lda+k*m.ka]
			for j, y := range m.b[k*m.ldb:][:m.cols] {
				c[j] += x * y
			}
		}
		if m.factors != nil {
			for j := range c {
				c[j] *= m.factors[i]
			}
		}
	}
}

func portableSoftmax(s, lse, inverse []float32, cols, ld int, scale float32) {
	for r := range lse {
		row := s[r*ld:][:cols]
		maximum := float32(-math.MaxFloat32)
		for _, v := range row {
			maximum = max(maximum, v*scale)
		}
		var sum float64
		for c, v := range row {
			row[c] = float32(math.Exp(float64(v*scale) - float64(maximum)))
			sum += float64(row[c])
		}
		inverse[r] = 0
		if sum != 0 {
			inverse[r] = float32(1 / sum)
		}
		lse[r] = float32(math.Log(sum) + float64(maximum))
	}
}

func portableGradient(s, dp, lse, delta []float32, cols, ld int, scale, factor float32) {
	for r, l := range lse {
		row, grad := s[r*ld:][:cols], dp[r*ld:][:cols]
		if math.IsInf(float64(l), -1) {
			clear(row)
			clear(grad)
			continue
		}
		for c, v := range row {
			row[c] = float32(math.Exp(float64(v*scale) - float64(l)))
			grad[c] = row[c] * (grad[c] - delta[r]) * factor
		}
	}
}

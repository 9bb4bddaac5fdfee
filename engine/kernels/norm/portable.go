package norm

func portableKernels() *kernels {
	k := &kernels{moments: portableMoments, gradientSums: portableGradientSums, gradient: portableGradient}
	for v := range k.scaleShift {
		k.scaleShift[v] = portableScaleShift(v >= 2)
	}
	for v := range k.gate {
		k.gate[v] = portableGate
	}
	return k
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

func portableScaleShift(relu bool) func(dst, x, residual, scale, shift []float32) {
	return func(dst, x, residual, scale, shift []float32) {
		cols := len(scale)
		for start := 0; start < len(dst); start += cols {
			for c := range cols {
				i := start + c
				y := x[i]*scale[c] + shift[c]
				if residual != nil {
					y += residual[i]
				}
				if relu {
					y = max(y, 0)
				}
				dst[i] = y
			}
		}
	}
}

func portableGate(dst, dy, more, x, residual, scale, shift []float32) {
	cols := len(scale)
	for start := 0; start < len(dst); start += cols {
		for c := range cols {
			i := start + c
			y := x[i]*scale[c] + shift[c]
			if residual != nil {
				y += residual[i]
			}
			switch {
			case y <= 0:
				dst[i] = 0
			case more != nil:
				dst[i] = dy[i] + more[i]
			default:
				dst[i] = dy[i]
			}
		}
	}
}

func portableGradientSums(sum, product, dy, x, mean []float32) {
	cols := len(mean)
	for start := 0; start < len(dy); start += cols {
		for c, m := range mean {
			sum[c] += dy[start+c]
			product[c] += dy[start+c] * (x[start+c] - m)
		}
	}
}

func portableGradient(dx, dy, x, mean, k1, k2, k3 []float32) {
	cols := len(mean)
	for start := 0; start < len(dx); start += cols {
		for c, m := range mean {
			dx[start+c] = dy[start+c]*k1[c] + ((x[start+c]-m)*k2[c] + k3[c])
		}
	}
}

package vector

// arithmetic has the loops of the commonest functions in the portable tier,
// where a call for every element would cost more than the function.
var arithmetic = map[BinaryOp]struct {
	vectors func(dst, a, b []float32)
	scalar  func(dst, a []float32, s float32)
}{
	Add: {
		func(dst, a, b []float32) {
			for i, v := range a {
				dst[i] = v + b[i]
			}
		},
		func(dst, a []float32, s float32) {
			for i, v := range a {
				dst[i] = v + s
			}
		},
	},
	Sub: {
		func(dst, a, b []float32) {
			for i, v := range a {
				dst[i] = v - b[i]
			}
		},
		func(dst, a []float32, s float32) {
			for i, v := range a {
				dst[i] = v - s
			}
		},
	},
	Mul: {
		func(dst, a, b []float32) {
			for i, v := range a {
				dst[i] = v * b[i]
			}
		},
		func(dst, a []float32, s float32) {
			for i, v := range a {
				dst[i] = v * s
			}
		},
	},
	Div: {
		func(dst, a, b []float32) {
			for i, v := range a {
				dst[i] = v / b[i]
			}
		},
		func(dst, a []float32, s float32) {
			for i, v := range a {
				dst[i] = v / s
			}
		},
	},
	Max: {
		func(dst, a, b []float32) {
			for i, v := range a {
				dst[i] = max(v, b[i])
			}
		},
		func(dst, a []float32, s float32) {
			for i, v := range a {
				dst[i] = max(v, s)
			}
		},
	},
}

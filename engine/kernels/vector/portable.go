package vector

func portableKernels() *kernels {
	k := &kernels{
		fma:              portableFMA,
		addScaled:        portableAddScaled,
		selection:        portableSelect,
		selectScalar:     portableSelectScalar,
		selectScalarLeft: portableSelectScalarLeft,
	}
	for op, f := range unaryFuncs {
		k.unary[op] = func(dst, x []float32) {
			for i, v := range x {
				dst[i] = f(v)
			}
		}
	}
	for op, f := range binaryFuncs {
		k.binary[op] = func(dst, a, b []float32, cols int) {
			for start := 0; start < len(dst); start += cols {
				row, d := a[start:][:cols], dst[start:][:cols]
				for i, v := range b[:cols] {
					d[i] = f(row[i], v)
				}
			}
		}
		k.scalar[op] = func(dst, a []float32, s float32) {
			for i, v := range a {
				dst[i] = f(v, s)
			}
		}
	}
	for op, loops := range arithmetic {
		k.binary[op] = func(dst, a, b []float32, cols int) {
			for start := 0; start < len(dst); start += cols {
				loops.vectors(dst[start:][:cols], a[start:][:cols], b[:cols])
			}
		}
		k.scalar[op] = loops.scalar
	}
	for op, f := range compareFuncs {
		k.compare[op] = func(dst []bool, a, b []float32) {
			for i := range dst {
				dst[i] = f(a[i], b[i])
			}
		}
		k.compareScalar[op] = func(dst []bool, a []float32, s float32) {
			for i := range dst {
				dst[i] = f(a[i], s)
			}
		}
	}
	for i := range k.scaleShift {
		k.scaleShift[i] = portableScaleShift(i&1 != 0)
	}
	return k
}

func portableFMA(dst, a, b, c []float32) {
	for i := range dst {
		dst[i] = float32(float64(a[i])*float64(b[i]) + float64(c[i]))
	}
}

func portableAddScaled(dst, a, b []float32, s float32) {
	for i := range dst {
		dst[i] = float32(float64(s)*float64(b[i]) + float64(a[i]))
	}
}

func portableScaleShift(relu bool) func(dst, x, residual, scale, shift []float32) {
	return func(dst, x, residual, scale, shift []float32) {
		cols := len(scale)
		for start := 0; start < len(dst); start += cols {
			row := dst[start:][:cols]
			for c, v := range x[start:][:cols] {
				row[c] = float32(float64(v)*float64(scale[c]) + float64(shift[c]))
			}
			if residual != nil {
				arithmetic[Add].vectors(row, row, residual[start:][:cols])
			}
			if relu {
				arithmetic[Max].scalar(row, row, 0)
			}
		}
	}
}

func portableSelect(dst []float32, mask []bool, a, b []float32) {
	for i, m := range mask {
		if m {
			dst[i] = a[i]
		} else {
			dst[i] = b[i]
		}
	}
}

func portableSelectScalar(dst []float32, mask []bool, a []float32, s float32) {
	for i, m := range mask {
		if m {
			dst[i] = a[i]
		} else {
			dst[i] = s
		}
	}
}

func portableSelectScalarLeft(dst []float32, mask []bool, b []float32, s float32) {
	for i, m := range mask {
		if m {
			dst[i] = s
		} else {
			dst[i] = b[i]
		}
	}
}

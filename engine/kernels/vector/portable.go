package vector

func portableKernels() *kernels {
	k := &kernels{
		selection:        portableSelect,
		selectScalar:     portableSelectScalar,
		selectScalarLeft: portableSelectScalarLeft,
		prefetch:         func([]float32) {},
	}
	for op, f := range unaryFuncs {
		k.unary[op] = func(dst, x []float32) {
			for i, v := range x {
				dst[i] = f(v)
			}
		}
	}
	for op, f := range binaryFuncs {
		k.binary[op] = func(dst, a, b []float32) {
			for i, v := range a {
				dst[i] = f(v, b[i])
			}
		}
		k.scalar[op] = func(dst, a []float32, s float32) {
			for i, v := range a {
				dst[i] = f(v, s)
			}
		}
	}
	for op, loops := range arithmetic {
		k.binary[op], k.scalar[op] = loops.vectors, loops.scalar
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
	return k
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

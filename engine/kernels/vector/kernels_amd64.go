package vector

import "github.com/kontrast-ml/kontrast/engine/cpu"

//go:generate go run ./asm -out vector_amd64.s -stubs stubs_amd64.go -pkg vector -tables tables_amd64.go

func assemblyTiers(portable *kernels) [3]*kernels {
	avx2, avx512 := *portable, *portable
	avx512.use(portable, unaryAVX512, binaryAVX512, scalarAVX512, compareAVX512, compareScalarAVX512)
	avx512.selection = wholeSelect(selectionAVX512)
	avx512.selectScalar = wholeSelectScalar(selectScalarAVX512, portable.selectScalar)
	avx512.selectScalarLeft = wholeSelectScalar(selectScalarLeftAVX512, portable.selectScalarLeft)
	avx512.prefetch = prefetch

	avx2.use(portable, unaryAVX2, binaryAVX2, scalarAVX2, compareAVX2, compareScalarAVX2)
	avx2.selection = wholeSelect(selectionAVX2)
	avx2.selectScalar = wholeSelectScalar(selectScalarAVX2, portable.selectScalar)
	avx2.selectScalarLeft = wholeSelectScalar(selectScalarLeftAVX2, portable.selectScalarLeft)
	avx2.prefetch = prefetch
	return [3]*kernels{cpu.Portable: portable, cpu.AVX2: &avx2, cpu.AVX512: &avx512}
}

// use takes the functions of the tables; where there is none the portable one stays.
func (k *kernels) use(
	portable *kernels,
	unary [unaryOps]func(dst, x []float32),
	binary [binaryOps]func(dst, a, b []float32),
	scalar [binaryOps]func(dst, a []float32, s float32),
	compare [compareOps]func(dst []bool, a, b []float32),
	compareScalar [compareOps]func(dst []bool, a []float32, s float32),
) {
	for op, f := range unary {
		if f != nil {
			k.unary[op] = f
		}
	}
	for _, op := range []UnaryOp{Sin, Cos} {
		k.unary[op] = withLarge(k.unary[op], unaryFuncs[op])
	}
	for op, f := range binary {
		if f != nil {
			k.binary[op], k.scalar[op] = f, scalar[op]
		}
	}
	for op, f := range compare {
		k.compare[op] = func(dst []bool, a, b []float32) {
			n := whole(len(dst))
			f(dst[:n], a, b)
			portable.compare[op](dst[n:], a[n:], b[n:])
		}
		g := compareScalar[op]
		k.compareScalar[op] = func(dst []bool, a []float32, s float32) {
			n := whole(len(dst))
			g(dst[:n], a, s)
			portable.compareScalar[op](dst[n:], a[n:], s)
		}
	}
}

// whole is the part of n elements that the kernels with bool operands handle: whole vectors of 16.
func whole(n int) int { return n &^ 15 }

func wholeSelect(
	kernel func(dst []float32, mask []bool, a, b []float32),
) func([]float32, []bool, []float32, []float32) {
	return func(dst []float32, mask []bool, a, b []float32) {
		n := whole(len(dst))
		kernel(dst[:n], mask, a, b)
		portableSelect(dst[n:], mask[n:], a[n:], b[n:])
	}
}

func wholeSelectScalar(
	kernel, rest func([]float32, []bool, []float32, float32),
) func([]float32, []bool, []float32, float32) {
	return func(dst []float32, mask []bool, x []float32, s float32) {
		n := whole(len(dst))
		kernel(dst[:n], mask, x, s)
		rest(dst[n:], mask[n:], x[n:], s)
	}
}

// trigRange is the magnitude up to which the kernels of Sin and Cos are accurate.
const trigRange = 1 << 17

// withLarge computes one by one what kernel, which is for numbers up to trigRange, cannot.
func withLarge(kernel func(dst, x []float32), f func(float32) float32) func(dst, x []float32) {
	return func(dst, x []float32) {
		const block = 256
		var large [block]float32
		for start := 0; start < len(dst); start += block {
			d, v := dst[start:min(start+block, len(dst))], x[start:min(start+block, len(dst))]
			n := copy(large[:], v)
			kernel(d, v)
			for i, v := range large[:n] {
				if !(v <= trigRange && v >= -trigRange) {
					d[i] = f(v)
				}
			}
		}
	}
}

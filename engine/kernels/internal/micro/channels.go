package micro

import "github.com/kontrast-ml/kontrast/engine/cpu"

// Dot adds to y, or writes if overwrite is set, for every channel the sum over
// pairs of w[pair[0]+channel]·x[pair[1]+channel].
func (s Set) Dot(y, w, x []float32, pairs []int32, overwrite bool) {
	done := 0
	if n := len(y) / s.Lanes; n > 0 && s.vectors() {
		d := Dot{Y: &y[0], W: &w[0], X: &x[0], Pairs: &pairs[0], Count: len(pairs) / 2, Vectors: n}
		if overwrite {
			d.Overwrite = 1
		}
		s.runDot(&d)
		done = n * s.Lanes
	}
	for c := done; c < len(y); c++ {
		sum := y[c]
		if overwrite {
			sum = 0
		}
		for i := 0; i < len(pairs); i += 2 {
			sum += w[int(pairs[i])+c] * x[int(pairs[i+1])+c]
		}
		y[c] = sum
	}
}

// Finish runs the epilogue on the channels of one pixel; scale and the others
// may be nil.
func (s Set) Finish(dst, src, scale, shift, residual []float32, relu bool) {
	done := 0
	if n := len(dst) / s.Lanes; n > 0 && s.vectors() {
		f := Finish{
			Dst: &dst[0], Src: &src[0], Pixels: 1, Vectors: n, Flags: flags(scale, shift, residual, relu),
			Scale: First(scale), Shift: First(shift), Residual: First(residual),
		}
		s.RunFinish(&f)
		done = n * s.Lanes
	}
	for c := done; c < len(dst); c++ {
		v := src[c]
		if scale != nil {
			v *= scale[c]
		}
		if shift != nil {
			v += shift[c]
		}
		if residual != nil {
			v += residual[c]
		}
		if relu {
			v = max(v, 0)
		}
		dst[c] = v
	}
}

// flags returns the flags of an epilogue.
func flags(scale, shift, residual []float32, relu bool) (f uint64) {
	if scale != nil {
		f |= FlagScale
	}
	if shift != nil {
		f |= FlagShift
	}
	if residual != nil {
		f |= FlagResidual
	}
	if relu {
		f |= FlagReLU
	}
	return f
}

// vectors says whether the tier has assembly.
func (s Set) vectors() bool { return s.Level != cpu.Portable }

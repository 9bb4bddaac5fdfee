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

// vectors says whether the tier has assembly.
func (s Set) vectors() bool { return s.Level != cpu.Portable }

package conv

import "math"

// roundedToBFloat16 rounds finite numbers in float64, which holds the midpoint of any two bfloat16.
func roundedToBFloat16(x []float32) []float32 {
	out := make([]float32, len(x))
	for i, v := range x {
		if v != 0 {
			unit := math.Ldexp(1, math.Ilogb(float64(v))-7)
			out[i] = float32(math.RoundToEven(float64(v)/unit) * unit)
		}
	}
	return out
}

package norm

// column returns column c of x as float64, row returns row r.
func column(x []float32, cols, c int) []float64 {
	var out []float64
	for i := c; i < len(x); i += cols {
		out = append(out, float64(x[i]))
	}
	return out
}

func moments(x []float64) (mean, variance float64) {
	for _, v := range x {
		mean += v
	}
	mean /= float64(len(x))
	for _, v := range x {
		variance += (v - mean) * (v - mean)
	}
	return mean, variance / float64(len(x))
}

// shapes are rows and columns: tails of every kind, one item and several.
var shapes = [][2]int{{1, 5}, {3, 1}, {7, 16}, {40, 10}, {64, 65}, {1000, 3}, {130, 200}, {5, 768}, {1100, 64}, {100, 513}}

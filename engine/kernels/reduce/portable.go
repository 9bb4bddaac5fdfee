package reduce

var scalarOps = [ops]func(a, b float32) float32{
	Sum:     func(a, b float32) float32 { return a + b },
	Max:     func(a, b float32) float32 { return max(a, b) },
	Min:     func(a, b float32) float32 { return min(a, b) },
	Product: func(a, b float32) float32 { return a * b },
}

func portableKernels() *kernels {
	k := &kernels{dot: portableDot}
	for op, f := range scalarOps {
		k.row[op] = func(x []float32) float32 {
			acc := identity[op]
			for _, v := range x {
				acc = f(acc, v)
			}
			return acc
		}
		k.columns[op] = func(acc, x []float32) {
			for start := 0; start < len(x); start += len(acc) {
				for c, v := range x[start:][:len(acc)] {
					acc[c] = f(acc[c], v)
				}
			}
		}
	}
	// Sums of one row in float64: as accurate as the running totals of the other tiers.
	k.row[Sum] = func(x []float32) float32 {
		var acc float64
		for _, v := range x {
			acc += float64(v)
		}
		return float32(acc)
	}
	for op, row := range k.row {
		k.rows[op] = eachRow(row)
	}
	return k
}

func portableDot(a, b []float32) float32 {
	var acc float64
	for i, v := range a {
		acc += float64(v) * float64(b[i])
	}
	return float32(acc)
}

// eachRow makes the reduction of several rows from that of one.
func eachRow(row func(x []float32) float32) func(dst, x []float32, cols int) {
	return func(dst, x []float32, cols int) {
		for r := range dst {
			dst[r] = row(x[r*cols:][:cols])
		}
	}
}

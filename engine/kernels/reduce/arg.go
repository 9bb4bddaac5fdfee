package reduce

import "github.com/kontrast-ml/kontrast/engine/pool"

// ArgMax sets dst[r] to the index of the greatest element of row r of x, which is [len(dst), cols] with cols > 0:
// the first of equals, or the last NaN if there is one.
func ArgMax(p *pool.Pool, dst []int32, x []float32, cols int) {
	arg(p, dst, x, cols, func(value, best float32) bool { return value > best })
}

// ArgMin sets dst[r] to the index of the least element of row r, with ties and NaN as in ArgMax.
func ArgMin(p *pool.Pool, dst []int32, x []float32, cols int) {
	arg(p, dst, x, cols, func(value, best float32) bool { return value < best })
}

func arg(p *pool.Pool, dst []int32, x []float32, cols int, better func(value, best float32) bool) {
	perItem := max(1, chunk/cols)
	p.Run((len(dst)+perItem-1)/perItem, func(i, _ int) {
		for r := i * perItem; r < min((i+1)*perItem, len(dst)); r++ {
			row := x[r*cols:][:cols]
			best, at := row[0], 0
			for c, v := range row[1:] {
				if better(v, best) || v != v {
					best, at = v, c+1
				}
			}
			dst[r] = int32(at)
		}
	})
}

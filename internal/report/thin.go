package report

// Thin chooses at most limit of n points of a curve so that its peaks and dips
// stay: of each stretch of the same length the lowest and the highest value,
// and both ends. It returns their indices in order; all of them if n is within
// the limit. The limit is at least 4.
func Thin(n, limit int, value func(i int) float64) []int {
	if n <= limit {
		all := make([]int, n)
		for i := range all {
			all[i] = i
		}
		return all
	}
	kept := []int{0}
	stretches := (limit - 2) / 2
	for s := range stretches {
		from, to := 1+s*(n-2)/stretches, 1+(s+1)*(n-2)/stretches
		low, high := from, from
		for i := from; i < to; i++ {
			if value(i) < value(low) {
				low = i
			}
			if value(i) > value(high) {
				high = i
			}
		}
		kept = append(kept, min(low, high))
		if low != high {
			kept = append(kept, max(low, high))
		}
	}
	return append(kept, n-1)
}

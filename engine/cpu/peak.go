package cpu

import "time"

// perRound is how many multiply-adds of vectors a round of the peak loop does.
const perRound = 12

// Peak measures for about the given time how many float32 operations per second
// one thread can do in the tier in use, a multiply-add counting as two. Kernels
// are judged by their share of it.
func Peak(duration time.Duration) float64 {
	const rounds = 100_000
	level := Tier()
	flops := 2 * perRound * float64(rounds) * float64(lanes(level))
	best := 0.0
	for start := time.Now(); time.Since(start) < duration; {
		begin := time.Now()
		multiply(level, rounds)
		best = max(best, flops/time.Since(begin).Seconds())
	}
	return best
}

func lanes(level Level) int {
	switch level {
	case AVX512:
		return 16
	case AVX2:
		return 8
	}
	return 1
}

// sink keeps the compiler from dropping the loop.
var sink float32

func multiplyGo(rounds int) {
	var s [perRound]float32
	x, y := sink, sink
	for range rounds {
		for i := range s {
			s[i] += x * y
		}
	}
	for _, v := range s {
		sink += v
	}
}

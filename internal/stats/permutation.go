package stats

import (
	"math"
	"math/bits"

	"github.com/kontrast-ml/kontrast/framework/random"
)

const (
	signFlipExact = 16     // differences up to which all sign flips are tried
	signFlipDraws = 100000 // sign flips drawn beyond
)

// SignFlip is the two-sided p-value of the permutation test of paired
// differences for a distribution that is symmetric about 0 (Fisher, The Design
// of Experiments, 1935, §21): the share of all 2ⁿ ways to flip their signs that
// give a mean as far from 0 or farther. Beyond 16 differences 100,000 ways are
// drawn, always the same, and the way seen counts as one of them (Phipson and
// Smyth 2010). It never goes below 2/2ⁿ: five seeds can't give less than 0.0625.
func SignFlip(differences []float64) (p float64, err error) {
	if err := checkSample(differences, 0.95); err != nil {
		return 0, err
	}
	sum, scale := 0.0, 0.0
	for _, d := range differences {
		sum += d
		scale += math.Abs(d)
	}
	far := math.Abs(sum) - 1e-12*scale // sums that differ by rounding are equal
	n := len(differences)
	if n <= signFlipExact {
		return exactFlips(differences, sum, far), nil
	}
	stream := random.ForPath(0, "stats/sign-flip")
	count := 1
	for range signFlipDraws {
		flipped, signs := 0.0, uint64(0)
		for i, d := range differences {
			if i%64 == 0 {
				signs = stream.Uint64()
			}
			flipped += d * (1 - 2*float64(signs&1))
			signs >>= 1
		}
		if math.Abs(flipped) >= far {
			count++
		}
	}
	return float64(count) / (signFlipDraws + 1), nil
}

// exactFlips goes through all signs by a Gray code, which flips one at a time.
func exactFlips(differences []float64, sum, far float64) float64 {
	flipped := make([]bool, len(differences))
	all, count := 1<<len(differences), 0
	for code := range all {
		if code > 0 {
			i := bits.TrailingZeros(uint(code))
			if flipped[i] = !flipped[i]; flipped[i] {
				sum -= 2 * differences[i]
			} else {
				sum += 2 * differences[i]
			}
		}
		if math.Abs(sum) >= far {
			count++
		}
	}
	return float64(count) / float64(all)
}

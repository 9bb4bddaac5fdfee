// Package random derives independent random streams from what they are for.
//
// A stream is named by a seed and a path or a list of numbers: the weights of
// one layer, the view of one sample in one epoch. Two consumers never share a
// stream, so that what one draws never depends on how many workers there are
// or on which method runs: the ground of fair comparison.
package random

import (
	"hash/fnv"
	"io"
	"math"
	"math/rand/v2"
)

// Stream is a source of random numbers. The zero value is not seeded: use New, ForPath or Reset.
// It is not safe for concurrent use.
type Stream struct {
	pcg  rand.PCG
	rand *rand.Rand
}

// New returns the stream of that seed and key, such as (epoch, sample, view).
func New(seed uint64, key ...uint64) *Stream {
	s := &Stream{}
	s.Reset(seed, key...)
	return s
}

// ForPath returns the stream of that seed and path, such as "backbone/layer1/conv1/weight".
func ForPath(seed uint64, path string) *Stream {
	return New(seed, hash(path))
}

// Reset makes s the stream of that seed and key without allocating.
func (s *Stream) Reset(seed uint64, key ...uint64) {
	if s.rand == nil {
		s.rand = rand.New(&s.pcg)
	}
	state := mix(seed + increment)
	for _, k := range key {
		state = mix(state ^ mix(k+increment))
	}
	s.pcg.Seed(state, mix(state+increment))
}

// Float64 returns a number in [0, 1).
func (s *Stream) Float64() float64 { return s.rand.Float64() }

// Uniform returns a number in [low, high); low if both are equal.
func (s *Stream) Uniform(low, high float64) float64 { return low + (high-low)*s.rand.Float64() }

// Bool returns true with the given probability, in [0, 1].
func (s *Stream) Bool(probability float64) bool { return s.rand.Float64() < probability }

// IntN returns an integer in [0, n). It panics if n < 1.
func (s *Stream) IntN(n int) int { return s.rand.IntN(n) }

// Uint64 returns 64 random bits.
func (s *Stream) Uint64() uint64 { return s.pcg.Uint64() }

// Normal returns a draw of the standard normal distribution.
func (s *Stream) Normal() float64 { return s.rand.NormFloat64() }

// TruncatedNormal returns a draw of the normal distribution with that mean and
// standard deviation, limited to [low, high]: others are drawn again. After 100
// of them the mean is returned, moved into the limits.
func (s *Stream) TruncatedNormal(mean, std, low, high float64) float64 {
	for range 100 {
		if x := mean + std*s.rand.NormFloat64(); x >= low && x <= high {
			return x
		}
	}
	return math.Min(math.Max(mean, low), high)
}

// Perm writes a random permutation of 0, …, len(into)-1 to into.
func (s *Stream) Perm(into []int) {
	for i := range into {
		into[i] = i
	}
	s.rand.Shuffle(len(into), func(i, j int) { into[i], into[j] = into[j], into[i] })
}

const increment = 0x9E3779B97F4A7C15

// mix is the finalizer of splitmix64 (Steele, Lea and Flood, OOPSLA 2014).
func mix(z uint64) uint64 {
	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9
	z = (z ^ (z >> 27)) * 0x94D049BB133111EB
	return z ^ (z >> 31)
}

// hash is FNV-1a, 64 bits.
func hash(path string) uint64 {
	h := fnv.New64a()
	_, _ = io.WriteString(h, path)
	return h.Sum64()
}

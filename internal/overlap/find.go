package overlap

import "crypto/sha256"

// Kind says how a duplicate was found.
type Kind string

// The kinds.
const (
	Identical  Kind = "identical" // size and pixels
	ByHash     Kind = "hash"      // the perceptual hash but for some bits, and the thumbnail
	ByFeatures Kind = "features"  // features of a network
)

// Pair is a test image with the training image that is nearest to it.
type Pair struct {
	Test, Training int // indices
	Kind           Kind
	Bits           int // of 64 in which the hashes differ
}

// Limits say what is nearly the same.
type Limits struct {
	Bits       int     // of 64 in which perceptual hashes may differ
	Difference float64 // mean difference of the colors of 8×8 thumbnails, in [0, 1]
}

// DefaultLimits are 6 bits and 0.06.
func DefaultLimits() Limits { return Limits{Bits: 6, Difference: 0.06} }

// Find returns for each test image the training image that is the same or
// nearly, if there is one: the one whose hash differs least.
func Find(training, test []Print, limits Limits) (pairs []Pair) {
	first := map[[sha256.Size]byte]int{}
	for i := range training {
		if _, known := first[training[i].Sum]; !known && training[i].Read {
			first[training[i].Sum] = i
		}
	}
	for i := range test {
		of := &test[i]
		if !of.Read {
			continue
		}
		if at, same := first[of.Sum]; same {
			pairs = append(pairs, Pair{i, at, Identical, 0})
			continue
		}
		nearest, least := -1, limits.Bits+1
		for j := range training {
			other := &training[j]
			if bits := of.Bits(other); bits < least && other.Read && of.Difference(other) <= limits.Difference {
				nearest, least = j, bits
			}
		}
		if nearest >= 0 {
			pairs = append(pairs, Pair{i, nearest, ByHash, least})
		}
	}
	return pairs
}

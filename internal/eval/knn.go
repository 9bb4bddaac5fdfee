package eval

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/compute"
)

// KNN is the weighted nearest-neighbor classifier of self-supervised
// learning: each of the K training samples nearest by cosine votes for its
// class with the weight exp(similarity / Temperature) (Wu et al. 2018,
// arXiv:1805.01978, §3.4; DINO, Caron et al. 2021, arXiv:2104.14294, §3.2).
type KNN struct {
	K           int     // neighbors, at least 1; limited to the size of the training set
	Temperature float64 // in (0, ∞); 0.07 in both papers
	// Backend computes the similarities; nil for plain Go.
	Backend compute.Backend
}

// Classify returns the votes of each test sample, scaled so that the nearest
// neighbor's weight is 1, and -Inf for a class that no neighbor is of. Features
// need not be normalized.
//
// Of equally similar neighbors those that come first in the training set
// count; of classes with equal votes the lowest wins.
func (k KNN) Classify(ctx context.Context, train Set, test Features, classes int) (*Scores, error) {
	if k.K < 1 {
		return nil, fmt.Errorf("nearest neighbors: k is %d, want at least 1", k.K)
	}
	if !(k.Temperature > 0) || math.IsInf(k.Temperature, 0) {
		return nil, fmt.Errorf("nearest neighbors: temperature is %v, want a number above 0", k.Temperature)
	}
	if err := train.check("training", classes); err != nil {
		return nil, fmt.Errorf("nearest neighbors: %w", err)
	}
	if err := test.check("test"); err != nil {
		return nil, fmt.Errorf("nearest neighbors: %w", err)
	}
	if err := sameWidth("test", test, "training", train.Features); err != nil {
		return nil, fmt.Errorf("nearest neighbors: %w", err)
	}
	nearest := make([]nearestHeap, test.Len())
	limit := min(k.K, train.Len())
	each := eachSimilarity
	if k.Backend != nil {
		each = func(ctx context.Context, queries, keys Features, visit func(query, first int, similarities []float32)) error {
			return eachSimilarityOn(ctx, k.Backend, queries, keys, visit)
		}
	}
	err := each(ctx, test.Normalized(), train.Normalized(), func(query, first int, similarities []float32) {
		for i, s := range similarities {
			nearest[query].offer(neighbor{s, first + i}, limit)
		}
	})
	if err != nil {
		return nil, err
	}
	scores := NewScores(test.Len(), classes)
	return scores, inParallel(ctx, test.Len(), func(query int) {
		found := nearest[query]
		slices.SortFunc(found, func(a, b neighbor) int {
			return cmp.Or(cmp.Compare(b.similarity, a.similarity), cmp.Compare(a.index, b.index))
		})
		votes := scores.Row(query)
		voted := make([]bool, classes)
		for _, n := range found {
			votes[train.Labels[n.index]] += math.Exp(float64(n.similarity-found[0].similarity) / k.Temperature)
			voted[train.Labels[n.index]] = true
		}
		for class := range votes {
			if !voted[class] {
				votes[class] = math.Inf(-1)
			}
		}
	})
}

// neighbor is a training sample with its similarity to a query.
type neighbor struct {
	similarity float32
	index      int
}

// nearestHeap holds the nearest neighbors seen so far, the furthest of them at the root.
type nearestHeap []neighbor

// offer adds a neighbor if it is among the nearest limit. Neighbors come in
// the order of their indices, so that of equals the first stays.
func (h *nearestHeap) offer(n neighbor, limit int) {
	s := *h
	if len(s) == limit {
		if n.similarity <= s[0].similarity {
			return
		}
		s[0] = n
		s.sink()
		return
	}
	if s == nil {
		s = make(nearestHeap, 0, limit)
	}
	s = append(s, n)
	for i := len(s) - 1; i > 0 && s[i].further(s[(i-1)/2]); i = (i - 1) / 2 {
		s[i], s[(i-1)/2] = s[(i-1)/2], s[i]
	}
	*h = s
}

// sink restores the order of the heap below a new root.
func (h nearestHeap) sink() {
	for i := 0; ; {
		child := 2*i + 1
		if child+1 < len(h) && h[child+1].further(h[child]) {
			child++
		}
		if child >= len(h) || !h[child].further(h[i]) {
			return
		}
		h[i], h[child] = h[child], h[i]
		i = child
	}
}

// further reports whether n goes before m is dropped: it is less similar, or equal and later.
func (n neighbor) further(m neighbor) bool {
	return n.similarity < m.similarity || (n.similarity == m.similarity && n.index > m.index)
}

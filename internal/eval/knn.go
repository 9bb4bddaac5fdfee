package eval

import (
	"context"
	"fmt"
	"math"

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
	if err := k.check(); err != nil {
		return nil, err
	}
	found, err := findNeighbors(ctx, k.Backend, train, test, classes, k.K)
	if err != nil {
		return nil, err
	}
	return k.vote(ctx, found, train.Labels, classes)
}

func (k KNN) check() error {
	if k.K < 1 {
		return fmt.Errorf("nearest neighbors: k is %d, want at least 1", k.K)
	}
	if !(k.Temperature > 0) || math.IsInf(k.Temperature, 0) {
		return fmt.Errorf("nearest neighbors: temperature is %v, want a number above 0", k.Temperature)
	}
	return nil
}

// vote lets the first K neighbors of each sample vote.
func (k KNN) vote(ctx context.Context, found [][]neighbor, labels []int, classes int) (*Scores, error) {
	scores := NewScores(len(found), classes)
	return scores, inParallel(ctx, len(found), func(query int) {
		nearest := found[query][:min(k.K, len(found[query]))]
		votes := scores.Row(query)
		voted := make([]bool, classes)
		for _, n := range nearest {
			votes[labels[n.index]] += math.Exp(float64(n.similarity-nearest[0].similarity) / k.Temperature)
			voted[labels[n.index]] = true
		}
		for class := range votes {
			if !voted[class] {
				votes[class] = math.Inf(-1)
			}
		}
	})
}

// findNeighbors lists the k training samples nearest to each test sample, or
// all if they are fewer: the most similar first, of equals the one before.
func findNeighbors(
	ctx context.Context, backend compute.Backend, train Set, test Features, classes, k int,
) ([][]neighbor, error) {
	if err := train.check("training", classes); err != nil {
		return nil, fmt.Errorf("nearest neighbors: %w", err)
	}
	if err := test.check("test"); err != nil {
		return nil, fmt.Errorf("nearest neighbors: %w", err)
	}
	if err := sameWidth("test", test, "training", train.Features); err != nil {
		return nil, fmt.Errorf("nearest neighbors: %w", err)
	}
	each := eachSimilarity
	if backend != nil {
		each = func(ctx context.Context, queries, keys Features, visit func(query, first int, similarities []float32)) error {
			return eachSimilarityOn(ctx, backend, queries, keys, visit)
		}
	}
	nearest := make([]closest, test.Len())
	for i := range nearest {
		nearest[i] = newClosest(min(k, train.Len()))
	}
	err := each(ctx, test.Normalized(), train.Normalized(), func(query, first int, similarities []float32) {
		nearest[query].offer(similarities, first)
	})
	if err != nil {
		return nil, err
	}
	found := make([][]neighbor, len(nearest))
	return found, inParallel(ctx, len(nearest), func(query int) { found[query] = nearest[query].sorted() })
}

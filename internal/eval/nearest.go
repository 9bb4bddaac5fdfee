package eval

import (
	"context"
	"fmt"
	"slices"
)

// Nearest returns for each query, a row of x, the k other rows nearest to it by
// cosine, the nearest first and of equals the one before. It is an error if
// there are not so many, or if a feature is not finite.
func Nearest(ctx context.Context, x Features, queries []int, k int) ([][]int, error) {
	if err := x.check("compared"); err != nil {
		return nil, err
	}
	if k < 1 || k >= x.Len() {
		return nil, fmt.Errorf("%d nearest of %d samples: expected 1 to %d", k, x.Len(), x.Len()-1)
	}
	unit := x.Normalized()
	asked := Features{Dim: x.Dim}
	for _, query := range queries {
		asked.Data = append(asked.Data, unit.Row(query)...)
	}
	found := make([][]int, len(queries))
	closeness := make([][]float32, len(queries))
	err := eachSimilarity(ctx, asked, unit, func(query, first int, similarities []float32) {
		for i, similarity := range similarities {
			row := first + i
			if row == queries[query] || len(found[query]) == k && similarity <= closeness[query][k-1] {
				continue
			}
			at, _ := slices.BinarySearchFunc(closeness[query], similarity, func(kept, now float32) int {
				if kept >= now {
					return -1
				}
				return 1
			})
			found[query] = slices.Insert(found[query], at, row)
			closeness[query] = slices.Insert(closeness[query], at, similarity)
			if len(found[query]) > k {
				found[query], closeness[query] = found[query][:k], closeness[query][:k]
			}
		}
	})
	return found, err
}

// MostSimilar returns for each query, [N, D], the key, [M, D], M at least 1, of
// the largest cosine, and that cosine.
func MostSimilar(ctx context.Context, queries, keys Features) (nearest []int, cosine []float32, err error) {
	if err := checkBoth("query", queries, "key", keys); err != nil {
		return nil, nil, err
	}
	nearest, cosine = make([]int, queries.Len()), make([]float32, queries.Len())
	for i := range cosine {
		cosine[i] = -2
	}
	err = eachSimilarity(ctx, queries.Normalized(), keys.Normalized(), func(query, first int, similarities []float32) {
		for i, s := range similarities {
			if s > cosine[query] {
				nearest[query], cosine[query] = first+i, s
			}
		}
	})
	return nearest, cosine, err
}

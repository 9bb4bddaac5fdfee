package eval

import (
	"context"
	"fmt"
	"math"
)

// Retrieval says at which rank queries find what belongs to them.
type Retrieval struct {
	Ranks []int // of each query, from 1
}

// Retrieve ranks the candidates of each query by cosine, as the retrieval
// evaluations of CLIP do.
// Query i is answered by the candidates with groups[i] among candidateGroups;
// nil groups mean that row i answers query i. The rank is that of the best
// answer; candidates exactly as similar that are no answers come before it, so
// that a collapsed network is not rewarded.
func Retrieve(ctx context.Context, queries, candidates Features, groups, candidateGroups []int) (*Retrieval, error) {
	if err := checkBoth("query", queries, "candidate", candidates); err != nil {
		return nil, fmt.Errorf("retrieval: %w", err)
	}
	if groups == nil && candidateGroups == nil {
		if queries.Len() != candidates.Len() {
			return nil, fmt.Errorf("retrieval: %d queries and %d candidates are no pairs; give groups", queries.Len(), candidates.Len())
		}
		groups = rowNumbers(queries.Len())
		candidateGroups = groups
	}
	if len(groups) != queries.Len() || len(candidateGroups) != candidates.Len() {
		return nil, fmt.Errorf("retrieval: %d groups for %d queries, %d for %d candidates",
			len(groups), queries.Len(), len(candidateGroups), candidates.Len())
	}
	unitQueries, unitCandidates := queries.Normalized(), candidates.Normalized()
	answered := make(map[int]bool)
	for _, group := range candidateGroups {
		answered[group] = true
	}
	best := make([]float32, queries.Len())
	for i := range best {
		best[i] = float32(math.Inf(-1))
		if !answered[groups[i]] {
			return nil, fmt.Errorf("retrieval: no candidate is of group %d of query %d", groups[i], i)
		}
	}
	err := eachSimilarity(ctx, unitQueries, unitCandidates, func(query, first int, similarities []float32) {
		for i, s := range similarities {
			if candidateGroups[first+i] == groups[query] {
				best[query] = max(best[query], s)
			}
		}
	})
	if err != nil {
		return nil, err
	}
	ranks := make([]int, queries.Len())
	err = eachSimilarity(ctx, unitQueries, unitCandidates, func(query, first int, similarities []float32) {
		for i, s := range similarities {
			if s >= best[query] && candidateGroups[first+i] != groups[query] {
				ranks[query]++
			}
		}
	})
	if err != nil {
		return nil, err
	}
	for i := range ranks {
		ranks[i]++
	}
	return &Retrieval{Ranks: ranks}, nil
}

// Recall is the fraction of queries with an answer among the first k; 0 if
// there are no queries.
func (r *Retrieval) Recall(k int) float64 {
	hits := 0
	for _, rank := range r.Ranks {
		if rank <= k {
			hits++
		}
	}
	return ratio(hits, len(r.Ranks))
}

func rowNumbers(n int) []int {
	numbers := make([]int, n)
	for i := range numbers {
		numbers[i] = i
	}
	return numbers
}

// checkBoth checks two matrices that are to be compared.
func checkBoth(nameA string, a Features, nameB string, b Features) error {
	if err := a.check(nameA); err != nil {
		return err
	}
	if err := b.check(nameB); err != nil {
		return err
	}
	return sameWidth(nameA, a, nameB, b)
}

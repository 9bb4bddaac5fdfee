package eval

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// Retrieval says at which rank queries find what belongs to them.
type Retrieval struct {
	Ranks []int // of each query, from 1
}

// Retrieve ranks the candidates of each query by cosine, as the retrieval
// evaluations of CLIP do. answers[i] are the candidates that answer query i, in
// ascending order, at least one; nil answers mean that row i answers query i.
// The rank is that of the best answer, which other answers do not push back;
// candidates exactly as similar that are no answers come before it, so that a
// collapsed network is not rewarded.
func Retrieve(ctx context.Context, queries, candidates Features, answers [][]int) (*Retrieval, error) {
	if err := checkBoth("query", queries, "candidate", candidates); err != nil {
		return nil, fmt.Errorf("retrieval: %w", err)
	}
	if answers == nil {
		if queries.Len() != candidates.Len() {
			return nil, fmt.Errorf("retrieval: %d queries and %d candidates are no pairs; give the answers",
				queries.Len(), candidates.Len())
		}
		for i := range queries.Len() {
			answers = append(answers, []int{i})
		}
	}
	if err := checkAnswers(answers, queries.Len(), candidates.Len()); err != nil {
		return nil, fmt.Errorf("retrieval: %w", err)
	}
	unitQueries, unitCandidates := queries.Normalized(), candidates.Normalized()
	best := make([]float32, queries.Len())
	for i := range best {
		best[i] = float32(math.Inf(-1))
	}
	err := eachSimilarity(ctx, unitQueries, unitCandidates, func(query, first int, similarities []float32) {
		for _, answer := range within(answers[query], first, len(similarities)) {
			best[query] = max(best[query], similarities[answer-first])
		}
	})
	if err != nil {
		return nil, err
	}
	ranks := make([]int, queries.Len())
	err = eachSimilarity(ctx, unitQueries, unitCandidates, func(query, first int, similarities []float32) {
		for _, s := range similarities {
			if s >= best[query] {
				ranks[query]++
			}
		}
		for _, answer := range within(answers[query], first, len(similarities)) {
			if similarities[answer-first] >= best[query] {
				ranks[query]--
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

func checkAnswers(answers [][]int, queries, candidates int) error {
	if len(answers) != queries {
		return fmt.Errorf("answers to %d of %d queries", len(answers), queries)
	}
	for i, list := range answers {
		if len(list) == 0 {
			return fmt.Errorf("query %d has no answer", i)
		}
		if !slices.IsSorted(list) || list[0] < 0 || list[len(list)-1] >= candidates {
			return fmt.Errorf("the answers of query %d are %v, expected ascending rows of %d candidates", i, list, candidates)
		}
	}
	return nil
}

// within are those of an ascending list in [first, first+n).
func within(list []int, first, n int) []int {
	from, _ := slices.BinarySearch(list, first)
	to, _ := slices.BinarySearch(list, first+n)
	return list[from:to]
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

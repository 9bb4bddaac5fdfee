package eval

import (
	"fmt"
	"math"
	"slices"
)

// ZeroShotClassifier returns one unit vector a class, [classes, D], from the
// text embeddings of the class's prompts (prompt ensembling of CLIP, Radford
// et al. 2021, arXiv:2103.00020, §3.1.4): normalize each, average, normalize again.
// A class has one or more prompts.
func ZeroShotClassifier(prompts []Features) (Features, error) {
	if len(prompts) == 0 {
		return Features{}, fmt.Errorf("zero-shot classifier: no classes")
	}
	dim := prompts[0].Dim
	classifier := Features{Dim: dim, Data: make([]float32, len(prompts)*max(dim, 0))}
	for class, embeddings := range prompts {
		if err := embeddings.check(fmt.Sprintf("prompts of class %d:", class)); err != nil {
			return Features{}, fmt.Errorf("zero-shot classifier: %w", err)
		}
		if embeddings.Dim != dim {
			return Features{}, fmt.Errorf("zero-shot classifier: prompts of class %d have width %d, those of class 0 %d", class, embeddings.Dim, dim)
		}
		units := embeddings.Normalized()
		mean := make([]float32, dim)
		for i := range units.Len() {
			for j, v := range units.Row(i) {
				mean[j] += v / float32(units.Len())
			}
		}
		normalizeInto(classifier.Row(class), mean)
	}
	return classifier, nil
}

// ZeroShot returns the logits of images [N, D] for a classifier from
// [ZeroShotClassifier]: scale, in (0, ∞), times the cosine. The scale changes no
// accuracy; CLIP's is 100.
func ZeroShot(images, classifier Features, scale float64) (*Scores, error) {
	if err := checkBoth("image", images, "class", classifier); err != nil {
		return nil, fmt.Errorf("zero-shot classification: %w", err)
	}
	if !(scale > 0) || math.IsInf(scale, 0) {
		return nil, fmt.Errorf("zero-shot classification: the scale is %v, want a number above 0", scale)
	}
	scores := NewScores(images.Len(), classifier.Len())
	eachSimilarity(images.Normalized(), classifier, func(query, first int, similarities []float32) {
		for i, s := range similarities {
			scores.Row(query)[first+i] = scale * float64(s)
		}
	})
	return scores, nil
}

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
func Retrieve(queries, candidates Features, groups, candidateGroups []int) (*Retrieval, error) {
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
	eachSimilarity(unitQueries, unitCandidates, func(query, first int, similarities []float32) {
		for i, s := range similarities {
			if candidateGroups[first+i] == groups[query] {
				best[query] = max(best[query], s)
			}
		}
	})
	ranks := make([]int, queries.Len())
	eachSimilarity(unitQueries, unitCandidates, func(query, first int, similarities []float32) {
		for i, s := range similarities {
			if s >= best[query] && candidateGroups[first+i] != groups[query] {
				ranks[query]++
			}
		}
	})
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

// MeanRank is the mean of the ranks; 0 if there are no queries.
func (r *Retrieval) MeanRank() float64 { return ratio(sum(r.Ranks), len(r.Ranks)) }

// MedianRank is the median of the ranks, of an even number of queries the
// mean of the middle two, rounded down; 0 if there are no queries.
func (r *Retrieval) MedianRank() int {
	if len(r.Ranks) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(r.Ranks))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
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

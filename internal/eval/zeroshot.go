package eval

import (
	"context"
	"fmt"
	"math"
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
			return Features{}, fmt.Errorf("zero-shot classifier: prompts of class %d have width %d, those of class 0 %d",
				class, embeddings.Dim, dim)
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
func ZeroShot(ctx context.Context, images, classifier Features, scale float64) (*Scores, error) {
	if err := checkBoth("image", images, "class", classifier); err != nil {
		return nil, fmt.Errorf("zero-shot classification: %w", err)
	}
	if !(scale > 0) || math.IsInf(scale, 0) {
		return nil, fmt.Errorf("zero-shot classification: the scale is %v, want a number above 0", scale)
	}
	scores := NewScores(images.Len(), classifier.Len())
	return scores, eachSimilarity(ctx, images.Normalized(), classifier, func(query, first int, similarities []float32) {
		for i, s := range similarities {
			scores.Row(query)[first+i] = scale * float64(s)
		}
	})
}

package eval

import (
	"fmt"
	"math"
)

// Scores holds one score a sample and class: votes, logits or probabilities,
// the larger the likelier. A class that a classifier knows nothing of, as one
// without a vote among the nearest neighbors or without training samples, has
// the score -Inf: it is no guess, of whatever rank.
type Scores struct {
	Classes int       // at least 1
	Data    []float64 // row-major, a multiple of Classes
}

// NewScores returns scores of zero for that many samples, at least 0, and classes.
func NewScores(samples, classes int) *Scores {
	return &Scores{Classes: classes, Data: make([]float64, samples*classes)}
}

// Len is the number of samples; 0 if there are no classes.
func (s *Scores) Len() int {
	if s.Classes < 1 {
		return 0
	}
	return len(s.Data) / s.Classes
}

// Row is the scores of sample i, in [0, Len()). It shares memory with s.
func (s *Scores) Row(i int) []float64 { return s.Data[i*s.Classes : (i+1)*s.Classes : (i+1)*s.Classes] }

// Predictions is the class with the largest score of each sample, the lowest of equals.
func (s *Scores) Predictions() []int {
	predictions := make([]int, s.Len())
	for i := range predictions {
		row := s.Row(i)
		for class, score := range row {
			if score > row[predictions[i]] {
				predictions[i] = class
			}
		}
	}
	return predictions
}

// TopK is the fraction of samples whose label is among the k classes with the
// largest scores. Of equal scores the lower class comes first, and classes with
// the score -Inf are not among them. It is an error
// if k is below 1, labels are missing or outside [0, Classes), or a score is NaN.
func (s *Scores) TopK(labels []int, k int) (float64, error) {
	if k < 1 {
		return 0, fmt.Errorf("top-%d accuracy: k must be at least 1", k)
	}
	if len(labels) != s.Len() || len(labels) == 0 {
		return 0, fmt.Errorf("top-%d accuracy: %d labels for %d samples", k, len(labels), s.Len())
	}
	hits := 0
	for i, label := range labels {
		if label < 0 || label >= s.Classes {
			return 0, fmt.Errorf("top-%d accuracy: label %d of sample %d is outside [0, %d)", k, label, i, s.Classes)
		}
		row, above := s.Row(i), 0
		if math.IsInf(row[label], -1) {
			above = k
		}
		for class, score := range row {
			if math.IsNaN(score) {
				return 0, fmt.Errorf("top-%d accuracy: the score of sample %d for class %d is NaN", k, i, class)
			}
			if score > row[label] || (score == row[label] && class < label) {
				above++
			}
		}
		if above < k {
			hits++
		}
	}
	return float64(hits) / float64(len(labels)), nil
}

// MeanPerClass is the top-1 accuracy among the samples of each class, averaged
// over the classes that have samples: what accuracy is where classes are uneven
// (as for Caltech-101 and Oxford Pets in Kornblith et al. 2019,
// arXiv:1805.08974, appendix A). Errors are those of [Scores.TopK].
func (s *Scores) MeanPerClass(labels []int) (float64, error) {
	if _, err := s.TopK(labels, 1); err != nil {
		return 0, fmt.Errorf("mean per-class accuracy: %w", err)
	}
	hits, all := make([]int, s.Classes), make([]int, s.Classes)
	for i, predicted := range s.Predictions() {
		all[labels[i]]++
		if predicted == labels[i] {
			hits[predicted]++
		}
	}
	mean, present := 0.0, 0
	for class, n := range all {
		if n > 0 {
			mean += ratio(hits[class], n)
			present++
		}
	}
	return mean / float64(present), nil
}

func ratio(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

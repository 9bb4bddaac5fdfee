package eval

import (
	"fmt"
	"math"
)

// Scores holds one score a sample and class: votes, logits or probabilities,
// the larger the likelier.
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
// largest scores. Of equal scores the lower class comes first. It is an error
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

// Confusion counts samples by true and predicted class.
type Confusion struct {
	Counts [][]int // Counts[label][prediction], as many of the one as of the other
}

// NewConfusion counts predictions against labels, both in [0, classes).
func NewConfusion(labels, predictions []int, classes int) (*Confusion, error) {
	if len(labels) != len(predictions) {
		return nil, fmt.Errorf("confusion matrix: %d labels for %d predictions", len(labels), len(predictions))
	}
	if classes < 0 {
		return nil, fmt.Errorf("confusion matrix: %d classes", classes)
	}
	c := &Confusion{Counts: make([][]int, classes)}
	for class := range c.Counts {
		c.Counts[class] = make([]int, classes)
	}
	for i, label := range labels {
		if label < 0 || label >= classes || predictions[i] < 0 || predictions[i] >= classes {
			return nil, fmt.Errorf("confusion matrix: label %d or prediction %d of sample %d is outside [0, %d)",
				label, predictions[i], i, classes)
		}
		c.Counts[label][predictions[i]]++
	}
	return c, nil
}

// Accuracy is the fraction of samples on the diagonal, 0 if there are none.
func (c *Confusion) Accuracy() float64 {
	hits, total := 0, 0
	for class, row := range c.Counts {
		hits += row[class]
		total += sum(row)
	}
	return ratio(hits, total)
}

// PerClass is the accuracy among the samples of each class, 0 for a class without samples.
func (c *Confusion) PerClass() []float64 {
	accuracies := make([]float64, len(c.Counts))
	for class, row := range c.Counts {
		accuracies[class] = ratio(row[class], sum(row))
	}
	return accuracies
}

func sum(counts []int) int {
	total := 0
	for _, n := range counts {
		total += n
	}
	return total
}

func ratio(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

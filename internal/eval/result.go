package eval

import (
	"fmt"

	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// Result is what an evaluation came to under one protocol.
type Result struct {
	Protocol store.Protocol
	Name     string // what it was asked for as, such as "dino-knn k=20"; empty for the protocol's own title
	// Values are the numbers, in the order in which they are shown.
	Values []Value
	// Scores are those of each test sample and class, and Labels the true
	// classes; nil if the evaluation classifies nothing.
	Scores *Scores
	Labels []int
	// Samples are the indices in the test split of those samples; nil for 0, 1, …
	Samples []int
	// Doubt is why the numbers may not be what the protocol says, as that a fit
	// has not converged; empty for no reason.
	Doubt string
}

// Value is one number of an evaluation.
type Value struct {
	Metric string  // such as top1
	Value  float64 // accuracies and recalls are fractions in [0, 1]
}

// Title tells the result from others of the same evaluation.
func (r *Result) Title() string {
	title := r.Protocol.Title()
	if r.Name != "" {
		title = r.Name
	}
	if r.Protocol.Dataset != "" {
		title += " on " + r.Protocol.Dataset
	}
	return title
}

// Value returns the number of a metric, and whether the result has it.
func (r *Result) Value(metric string) (float64, bool) {
	for _, v := range r.Values {
		if v.Metric == metric {
			return v.Value, true
		}
	}
	return 0, false
}

// Classified is the result of a classifier's scores of the test samples: top-1
// accuracy, top-5 where there are more than five classes, and the mean of the
// classes' accuracies where the largest class has over twice the samples of the smallest.
func Classified(protocol store.Protocol, scores *Scores, labels []int) (*Result, error) {
	result := &Result{Protocol: protocol, Scores: scores, Labels: labels}
	for _, k := range []int{1, 5} {
		if k > 1 && k >= scores.Classes {
			continue
		}
		accuracy, err := scores.TopK(labels, k)
		if err != nil {
			return nil, err
		}
		result.Values = append(result.Values, Value{fmt.Sprintf("top%d", k), accuracy})
	}
	if uneven(labels, scores.Classes) {
		mean, err := scores.MeanPerClass(labels)
		if err != nil {
			return nil, err
		}
		result.Values = append(result.Values, Value{"mean_per_class", mean})
	}
	return result, nil
}

// uneven reports whether the largest class has over twice the samples of the
// smallest that has any, and at least ten.
func uneven(labels []int, classes int) bool {
	counts := make([]int, classes)
	for _, label := range labels {
		counts[label]++
	}
	least, most := len(labels), 0
	for _, n := range counts {
		if n > 0 {
			least, most = min(least, n), max(most, n)
		}
	}
	return most >= 10 && most > 2*least
}

// Predictions lists what the classifier said of each test sample; nil if the
// evaluation classifies nothing.
func (r *Result) Predictions() []store.Prediction {
	if r.Scores == nil {
		return nil
	}
	out := make([]store.Prediction, len(r.Labels))
	for i, predicted := range r.Scores.Predictions() {
		out[i] = store.Prediction{Sample: i, Label: r.Labels[i], Predicted: predicted}
		if r.Samples != nil {
			out[i].Sample = r.Samples[i]
		}
	}
	return out
}

// OnTest is a protocol of weights after the last step that learns from nothing
// and is measured on the test split.
func OnTest(kind string, details map[string]string) store.Protocol {
	return store.Protocol{Kind: kind, TestSplit: string(data.Test), Selection: store.Last, Details: details}
}

// Learned is a protocol of weights after the last step that learns from the
// training split and is measured on the test split.
func Learned(kind string, details map[string]string) store.Protocol {
	protocol := OnTest(kind, details)
	protocol.TrainSplit = string(data.Train)
	return protocol
}

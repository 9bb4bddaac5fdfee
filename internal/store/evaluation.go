package store

import (
	"context"
	"fmt"
	"math"
)

// Prediction is what a classifier said about one sample.
type Prediction struct {
	Sample    int // index in the test split
	Label     int // true class
	Predicted int // first guess
}

// AddEvaluations records the numbers that an evaluation of the weights at a
// training step gave, by metric: all of them or none. Accuracies and recalls are
// fractions from 0 to 1. A number that is NaN or infinite is refused: an evaluation
// that gives one has failed. The same metric of the same protocol and step is replaced.
func (w *RunWriter) AddEvaluations(
	ctx context.Context, step int64, protocol Protocol, values map[string]float64,
) error {
	for metric, value := range values {
		switch {
		case metric == "" || step < 0:
			return fmt.Errorf("run %s: evaluation %s: metric %q at step %d: the name must not be empty and the step not "+
				"negative",
				w.Name, protocol, metric, step)
		case math.IsNaN(value) || math.IsInf(value, 0):
			return fmt.Errorf("run %s: evaluation %s at step %d: %s is %v, not a finite number; check the features for NaN",
				w.Name, protocol, step, metric, value)
		}
	}
	if err := protocol.validate(); err != nil {
		return err
	}
	return w.record(ctx, &entry{Evaluations: &evaluationsEntry{protocol, step, values}})
}

// SetPredictions records what an evaluation said about each sample, in place
// of what an earlier one of the same protocol said.
func (w *RunWriter) SetPredictions(ctx context.Context, protocol Protocol, samples []Prediction) error {
	if err := protocol.validate(); err != nil {
		return err
	}
	return w.record(ctx, &entry{Predictions: &predictionsEntry{protocol, samples}})
}

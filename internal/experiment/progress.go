package experiment

import (
	"fmt"
	"strings"

	"github.com/kontrast-ml/kontrast/internal/eval"
)

// Progress shows a person how far runs are, of which several may be under way.
type Progress interface {
	// Begin announces a run of that many steps, of which some may be made
	// already; 0 steps for one that only evaluates.
	Begin(run string, steps, total int) RunProgress
}

// RunProgress shows how far one run is. Its methods are called one after another.
type RunProgress interface {
	// Step reports a step, counted from 1.
	Step(step int, loss float64)
	// Evaluating announces an evaluation, which takes a while on many images.
	Evaluating()
	// Results reports an evaluation after so many steps: the accuracies in a line.
	Results(step int, accuracies string)
	// End announces that the run has ended.
	End(err error)
}

// silence is a progress that shows nothing.
type silence struct{}

func (s silence) Begin(string, int, int) RunProgress { return s }

func (silence) Step(int, float64)   {}
func (silence) Evaluating()         {}
func (silence) Results(int, string) {}
func (silence) End(error)           {}

// accuracies are those of an evaluation in a line.
func accuracies(results []*eval.Result) string {
	var parts []string
	for _, r := range results {
		if top1, ok := r.Value("top1"); ok {
			parts = append(parts, fmt.Sprintf("%s %.1f %%", r.Title(), 100*top1))
		}
	}
	return strings.Join(parts, ", ")
}

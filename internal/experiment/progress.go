package experiment

import (
	"github.com/kontrast-ml/kontrast/internal/eval"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// Progress shows a person how far a run is.
type Progress interface {
	// Begin announces a run of that many steps, of which some may be made
	// already; 0 steps for one that only evaluates.
	Begin(run string, steps, total int)
	// Step reports a step.
	Step(step int, measures train.Measures)
	// Evaluating announces an evaluation, which takes a while on many images.
	Evaluating()
	// Results reports an evaluation.
	Results(step int, results []*eval.Result)
	// End announces that the run has ended.
	End(err error)
}

// silence is a progress that shows nothing.
type silence struct{}

func (silence) Begin(string, int, int)      {}
func (silence) Step(int, train.Measures)    {}
func (silence) Evaluating()                 {}
func (silence) Results(int, []*eval.Result) {}
func (silence) End(error)                   {}

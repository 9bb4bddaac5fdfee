package cli

import (
	"fmt"
	"io"
	"time"

	"github.com/kontrast-ml/kontrast/internal/eval"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// lines prints a line now and then.
type lines struct {
	w     io.Writer
	every time.Duration
	now   func() time.Time

	run          string
	first, total int
	begun, last  time.Time

	label string // of the download under way
	told  time.Time
}

func newLines(w io.Writer) *lines {
	return &lines{w: w, every: 10 * time.Second, now: time.Now}
}

// Write implements io.Writer.
func (l *lines) Write(p []byte) (int, error) { return l.w.Write(p) }

func (l *lines) Begin(run string, steps, total int) {
	l.run, l.first, l.total = run, steps, total
	l.begun = l.now()
	l.last = l.begun
	if total == 0 {
		return
	}
	if steps > 0 {
		fmt.Fprintf(l.w, "%s: %d of %d steps are made already\n", run, steps, total)
		return
	}
	fmt.Fprintf(l.w, "%s: %d steps\n", run, total)
}

func (l *lines) Step(step int, m train.Measures) {
	now := l.now()
	if now.Sub(l.last) < l.every {
		return
	}
	l.last = now
	passed := now.Sub(l.begun)
	fmt.Fprintf(l.w, "%s: step %d of %d, loss %.4f, %.1f steps/s, %s\n", l.run, step, l.total, m.Loss,
		float64(step-l.first)/passed.Seconds(), timeLeft(passed, step-l.first, l.total-l.first))
}

// Evaluating prints nothing: the results will.
func (l *lines) Evaluating() {}

func (l *lines) Results(step int, results []*eval.Result) {
	fmt.Fprintf(l.w, "%s: step %d: %s\n", l.run, step, summary(results))
}

func (l *lines) End(err error) {
	if err == nil {
		fmt.Fprintf(l.w, "%s: done in %v\n", l.run, l.now().Sub(l.begun).Round(100*time.Millisecond))
	}
}

func (l *lines) Data(what string, done, total int64) {
	now := l.now()
	if what == l.label && done != total && now.Sub(l.told) < l.every {
		return
	}
	l.label, l.told = what, now
	if total < 0 {
		fmt.Fprintf(l.w, "%s: %s\n", what, amount(done))
		return
	}
	fmt.Fprintf(l.w, "%s: %s of %s\n", what, amount(done), amount(total))
}

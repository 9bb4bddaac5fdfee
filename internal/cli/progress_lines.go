package cli

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/kontrast-ml/kontrast/internal/experiment"
)

// lines prints a line now and then.
type lines struct {
	every time.Duration
	now   func() time.Time

	mu    sync.Mutex // guards the rest
	w     io.Writer
	label string // of the download under way
	told  time.Time
}

func newLines(w io.Writer) *lines {
	return &lines{w: w, every: 10 * time.Second, now: time.Now}
}

// Write implements io.Writer.
func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

// runLines prints those of a run.
type runLines struct {
	*lines
	run          string
	first, total int
	begun, last  time.Time
}

func (l *lines) Begin(run string, steps, total int) experiment.RunProgress {
	now := l.now()
	switch {
	case total == 0:
	case steps > 0:
		fmt.Fprintf(l, "%s: %d of %d steps are made already\n", run, steps, total)
	default:
		fmt.Fprintf(l, "%s: %d steps\n", run, total)
	}
	return &runLines{lines: l, run: run, first: steps, total: total, begun: now, last: now}
}

func (l *runLines) Step(step int, loss float64) {
	now := l.now()
	if now.Sub(l.last) < l.every {
		return
	}
	l.last = now
	passed := now.Sub(l.begun)
	fmt.Fprintf(l, "%s: step %d of %d, loss %.4f, %.1f steps/s, %s\n", l.run, step, l.total, loss,
		float64(step-l.first)/passed.Seconds(), timeLeft(passed, step-l.first, l.total-l.first))
}

// Evaluating prints nothing: the results will.
func (l *runLines) Evaluating() {}

func (l *runLines) Results(step int, accuracies string) {
	fmt.Fprintf(l, "%s: step %d: %s\n", l.run, step, accuracies)
}

func (l *runLines) End(err error) {
	if err == nil {
		fmt.Fprintf(l, "%s: done in %v\n", l.run, l.now().Sub(l.begun).Round(100*time.Millisecond))
	}
}

func (l *lines) Data(what string, done, total int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
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

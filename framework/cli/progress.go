package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"github.com/kontrast-ml/kontrast/framework/experiment"
	"github.com/kontrast-ml/kontrast/framework/train"
)

// newProgress shows a bar on a terminal and plain lines elsewhere.
func newProgress(w io.Writer) experiment.Progress {
	if file, ok := w.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		return &bars{w: w}
	}
	return &lines{w: w, every: 10 * time.Second}
}

// bars shows a bar a run.
type bars struct {
	w     io.Writer
	all   *mpb.Progress
	bar   *mpb.Bar
	state string
}

func (b *bars) Begin(run string, steps, total int) {
	b.state = ""
	b.all = mpb.New(mpb.WithOutput(b.w), mpb.WithWidth(40))
	b.bar = b.all.AddBar(int64(total),
		mpb.PrependDecorators(decor.Name(run+" "), decor.CountersNoUnit("%d/%d")),
		mpb.AppendDecorators(decor.AverageETA(decor.ET_STYLE_GO), decor.Any(func(decor.Statistics) string { return b.state })))
	b.bar.SetCurrent(int64(steps))
}

func (b *bars) Step(step int, m train.Measures) {
	b.state = fmt.Sprintf("  loss %.4f", m.Loss)
	b.bar.SetCurrent(int64(step))
}

func (b *bars) Scores(_ int, scores []experiment.Score) { b.state = "  " + summary(scores) }

func (b *bars) End(err error) {
	if err != nil {
		b.bar.Abort(false)
	}
	b.bar.SetTotal(-1, true)
	b.all.Wait()
}

// lines prints a line now and then.
type lines struct {
	w     io.Writer
	every time.Duration
	run   string
	total int
	first int
	begun time.Time
	last  time.Time
}

func (l *lines) Begin(run string, steps, total int) {
	l.run, l.first, l.total = run, steps, total
	l.begun = time.Now()
	l.last = l.begun
	fmt.Fprintf(l.w, "%s: %d steps\n", run, total-steps)
}

func (l *lines) Step(step int, m train.Measures) {
	now := time.Now()
	if now.Sub(l.last) < l.every {
		return
	}
	l.last = now
	rate := float64(step-l.first) / now.Sub(l.begun).Seconds()
	left := time.Duration(float64(l.total-step) / rate * float64(time.Second)).Round(time.Second)
	fmt.Fprintf(l.w, "%s: step %d of %d, loss %.4f, %.1f steps/s, %v left\n", l.run, step, l.total, m.Loss, rate, left)
}

func (l *lines) Scores(step int, scores []experiment.Score) {
	fmt.Fprintf(l.w, "%s: step %d: %s\n", l.run, step, summary(scores))
}

func (l *lines) End(err error) {
	if err == nil {
		fmt.Fprintf(l.w, "%s: done in %v\n", l.run, time.Since(l.begun).Round(100*time.Millisecond))
	}
}

// summary is scores in a line.
func summary(scores []experiment.Score) string {
	var parts []string
	for _, s := range scores {
		if s.Metric == "top1" {
			parts = append(parts, fmt.Sprintf("%s %.1f %%", s.Protocol.Kind, 100*s.Value))
		}
	}
	return strings.Join(parts, ", ")
}

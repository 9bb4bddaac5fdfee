package cli

import (
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/kontrast-ml/kontrast/internal/escape"
	"github.com/kontrast-ml/kontrast/internal/eval"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// bars shows a bar for each run and each download. What is written to it, such
// as the lines of a log, comes to stand above the bar under way.
type bars struct {
	w   io.Writer // the terminal; bars steer it, and names and messages are escaped
	now func() time.Time

	mu    sync.Mutex // guards the rest
	run   *bar       // nil before the first step of a run and after the last
	name  string     // of the run
	data  *bar
	label string // of the download under way
}

// bar is a bar on a line of its own, with a state after it.
type bar struct {
	all   *mpb.Progress
	bar   *mpb.Bar
	state atomic.Value // string; the bar is drawn by another goroutine
}

// newBar makes a bar. The state of its counter and of what is left are drawn by another goroutine.
func newBar(w io.Writer, name string, total int64, counter, left func(decor.Statistics) string) *bar {
	b := &bar{all: mpb.New(mpb.WithOutput(w), mpb.WithWidth(40))}
	b.state.Store("")
	b.bar = b.all.AddBar(total,
		mpb.PrependDecorators(decor.Name(escape.Line(name)+" "), decor.Any(counter)),
		mpb.AppendDecorators(decor.Any(left), decor.Any(func(decor.Statistics) string { return b.state.Load().(string) })))
	return b
}

// end draws the bar for the last time.
func (b *bar) end(whole bool) {
	if !whole {
		b.bar.Abort(false)
	}
	b.bar.SetTotal(-1, true)
	b.all.Wait()
}

// Write implements io.Writer.
func (b *bars) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var to io.Writer = b.w
	for _, bar := range []*bar{b.data, b.run} {
		if bar != nil {
			to = bar.all
		}
	}
	if _, err := io.WriteString(to, escape.Text(string(p))); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (b *bars) Begin(run string, steps, total int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.endData(false)
	b.name = run
	if total == 0 {
		return
	}
	begun := b.now()
	b.run = newBar(b.w, run, int64(total),
		func(s decor.Statistics) string { return fmt.Sprintf("%d/%d", s.Current, s.Total) },
		func(s decor.Statistics) string {
			if s.Completed || s.Aborted || s.Current == s.Total {
				return ""
			}
			return timeLeft(b.now().Sub(begun), int(s.Current)-steps, total-steps)
		})
	b.run.bar.SetCurrent(int64(steps))
}

func (b *bars) Step(step int, m train.Measures) {
	b.run.state.Store(fmt.Sprintf("  loss %.4f", m.Loss))
	b.run.bar.SetCurrent(int64(step))
}

func (b *bars) Evaluating() {
	if b.run != nil {
		b.run.state.Store("  evaluating")
		return
	}
	fmt.Fprintf(b, "%s: evaluating\n", b.name)
}

func (b *bars) Results(_ int, results []*eval.Result) {
	if b.run != nil {
		b.run.state.Store("  " + summary(results))
		return
	}
	fmt.Fprintf(b, "%s: %s\n", b.name, summary(results))
}

func (b *bars) End(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.run != nil {
		b.run.end(err == nil)
		b.run = nil
	}
}

func (b *bars) Data(what string, done, total int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.data == nil || b.label != what {
		b.endData(false)
		b.label = what
		b.data = newBar(b.w, what, max(total, 0), func(s decor.Statistics) string {
			if s.Total <= 0 {
				return amount(s.Current)
			}
			return amount(s.Current) + "/" + amount(s.Total)
		}, func(decor.Statistics) string { return "" })
	}
	b.data.bar.SetCurrent(done)
	if done == total {
		b.endData(true)
	}
}

func (b *bars) endData(whole bool) {
	if b.data != nil {
		b.data.end(whole)
		b.data = nil
	}
}

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
	"github.com/kontrast-ml/kontrast/internal/experiment"
)

// bars shows a bar for each run and each download, of which several may be
// under way. What is written to it, such as the lines of a log, comes to stand
// above the bars.
type bars struct {
	w   io.Writer // the terminal; bars steer it, and names and messages are escaped
	now func() time.Time

	mu    sync.Mutex    // guards the rest
	shown *mpb.Progress // nil where no bar is under way
	count int           // bars under way
	data  *bar
	label string // of the download under way
}

// bar is a bar on a line of its own, with a state after it.
type bar struct {
	bar   *mpb.Bar
	state atomic.Value // string; the bar is drawn by another goroutine
}

// add makes a bar. The state of its counter and of what is left are drawn by another goroutine. The caller holds mu.
func (b *bars) add(name string, total int64, counter, left func(decor.Statistics) string) *bar {
	if b.count == 0 {
		b.shown = mpb.New(mpb.WithOutput(b.w), mpb.WithWidth(40), mpb.PopCompletedMode())
	}
	b.count++
	one := &bar{}
	one.state.Store("")
	one.bar = b.shown.AddBar(total,
		mpb.PrependDecorators(decor.Name(escape.Line(name)+" "), decor.Any(counter)),
		mpb.AppendDecorators(decor.Any(left), decor.Any(func(decor.Statistics) string { return one.state.Load().(string) })))
	return one
}

// end draws a bar for the last time. The caller holds mu.
func (b *bars) end(one *bar, whole bool) {
	if !whole {
		one.bar.Abort(false)
	}
	one.bar.SetTotal(-1, true)
	if b.count--; b.count == 0 {
		b.shown.Wait()
		b.shown = nil
	}
}

// Write implements io.Writer.
func (b *bars) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	to := b.w
	if b.shown != nil {
		to = b.shown
	}
	if _, err := io.WriteString(to, escape.Text(string(p))); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (b *bars) Begin(run string, steps, total int) experiment.RunProgress {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.endData(false)
	if total == 0 {
		return measuring{b, run}
	}
	begun := b.now()
	one := b.add(run, int64(total),
		func(s decor.Statistics) string { return fmt.Sprintf("%d/%d", s.Current, s.Total) },
		func(s decor.Statistics) string {
			if s.Completed || s.Aborted || s.Current == s.Total {
				return ""
			}
			return timeLeft(b.now().Sub(begun), int(s.Current)-steps, total-steps)
		})
	one.bar.SetCurrent(int64(steps))
	return training{b, one}
}

// training shows the bar of a run.
type training struct {
	*bars
	bar *bar
}

func (t training) Step(step int, loss float64) {
	t.bar.state.Store(fmt.Sprintf("  loss %.4f", loss))
	t.bar.bar.SetCurrent(int64(step))
}

func (t training) Evaluating() { t.bar.state.Store("  evaluating") }

func (t training) Results(_ int, accuracies string) { t.bar.state.Store("  " + accuracies) }

func (t training) End(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.end(t.bar, err == nil)
}

// measuring shows a run without steps.
type measuring struct {
	*bars
	run string
}

func (m measuring) Step(int, float64) {}

func (m measuring) Evaluating() { fmt.Fprintf(m, "%s: evaluating\n", m.run) }

func (m measuring) Results(_ int, accuracies string) { fmt.Fprintf(m, "%s: %s\n", m.run, accuracies) }

func (m measuring) End(error) {}

func (b *bars) Data(what string, done, total int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.data == nil || b.label != what {
		b.endData(false)
		b.label = what
		b.data = b.add(what, max(total, 0), func(s decor.Statistics) string {
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
		b.end(b.data, whole)
		b.data = nil
	}
}

package cli

import (
	"fmt"
	"io"
	"sync/atomic"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/kontrast-ml/kontrast/framework/experiment"
	"github.com/kontrast-ml/kontrast/framework/train"
)

// bars shows a bar for each run and each download.
type bars struct {
	w     io.Writer
	run   *bar
	data  *bar
	label string // of the download under way
}

// bar is a bar on a line of its own, with a state after it.
type bar struct {
	all   *mpb.Progress
	bar   *mpb.Bar
	state atomic.Value // string; the bar is drawn by another goroutine
}

func newBar(w io.Writer, name string, total int64, counter decor.Decorator) *bar {
	b := &bar{all: mpb.New(mpb.WithOutput(w), mpb.WithWidth(40))}
	b.state.Store("")
	b.bar = b.all.AddBar(total,
		mpb.PrependDecorators(decor.Name(name+" "), counter),
		mpb.AppendDecorators(decor.AverageETA(decor.ET_STYLE_GO), decor.Any(func(decor.Statistics) string { return b.state.Load().(string) })))
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

func (b *bars) Begin(run string, steps, total int) {
	b.endData(false)
	b.run = newBar(b.w, run, int64(total), decor.CountersNoUnit("%d/%d"))
	b.run.bar.SetCurrent(int64(steps))
}

func (b *bars) Step(step int, m train.Measures) {
	b.run.state.Store(fmt.Sprintf("  loss %.4f", m.Loss))
	b.run.bar.SetCurrent(int64(step))
}

func (b *bars) Scores(_ int, scores []experiment.Score) {
	b.run.state.Store("  " + summary(scores))
}

func (b *bars) End(err error) { b.run.end(err == nil) }

func (b *bars) Data(what string, done, total int64) {
	if b.data == nil || b.label != what {
		b.endData(false)
		b.label = what
		b.data = newBar(b.w, what, max(total, 0), decor.Any(func(s decor.Statistics) string {
			if s.Total <= 0 {
				return amount(s.Current)
			}
			return amount(s.Current) + "/" + amount(s.Total)
		}))
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

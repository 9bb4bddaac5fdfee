package loader

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"sync"

	"github.com/kontrast-ml/kontrast/framework/augment"
	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/framework/random"
)

// part is the work of one worker at a time: some rows of a batch.
type part struct {
	batch    *Batch
	from, to int
}

// Batches iterates over the batches from a step of an epoch on, epoch after
// epoch until Config.Epochs. The iteration ends with an error if ctx is
// canceled, a sample cannot be read that must be, or none can. The goroutines
// that make the batches end with the iteration.
func (l *Loader) Batches(ctx context.Context, epoch, step int) iter.Seq2[*Batch, error] {
	return func(yield func(*Batch, error) bool) {
		if epoch < 0 || step < 0 || step > l.StepsPerEpoch() {
			yield(nil, fmt.Errorf("loader: no step %d of epoch %d, expected steps 0 to %d", step, epoch, l.StepsPerEpoch()))
			return
		}
		ctx, cancel := context.WithCancelCause(ctx)
		var wg sync.WaitGroup
		defer wg.Wait()
		defer cancel(nil)
		parts := make(chan part)
		queue := make(chan *Batch, l.config.Prefetch)
		room := make(chan struct{}, l.config.Prefetch) // taken by each batch in the queue, before it has memory
		for range l.config.Workers {
			wg.Go(func() { l.work(ctx, parts) })
		}
		wg.Go(func() { l.plan(ctx, epoch, step, parts, room, queue) })
		for {
			var b *Batch
			var open bool
			select {
			case b, open = <-queue:
			case <-ctx.Done():
				yield(nil, context.Cause(ctx))
				return
			}
			if !open {
				return
			}
			<-room
			select {
			case <-b.ready:
			case <-ctx.Done():
				yield(nil, context.Cause(ctx))
				return
			}
			if err := cmp.Or(b.err, context.Cause(ctx)); err != nil {
				yield(nil, err)
				return
			}
			b.finish()
			if !yield(b, nil) {
				return
			}
		}
	}
}

// plan hands out the rows of one batch after another, and queues the batches
// in their order.
func (l *Loader) plan(
	ctx context.Context, epoch, step int, parts chan<- part, room chan<- struct{}, queue chan<- *Batch,
) {
	defer close(parts)
	order := make([]int, l.dataset.Len())
	for ; l.config.Epochs == 0 || epoch < l.config.Epochs; epoch, step = epoch+1, 0 {
		l.order(epoch, order)
		for ; step < l.StepsPerEpoch(); step++ {
			select {
			case room <- struct{}{}:
			case <-ctx.Done():
				return
			}
			b := l.batch()
			b.Epoch, b.Step = epoch, step
			from := step * l.config.Batch
			b.samples = append(b.samples[:0], order[from:min(from+l.config.Batch, len(order))]...)
			rows := len(b.samples)
			size := max(rows/(4*l.config.Workers), 1)
			b.pending.Store(int32((rows + size - 1) / size))
			queue <- b
			for from := 0; from < rows; from += size {
				select {
				case parts <- part{b, from, min(from+size, rows)}:
				case <-ctx.Done():
					return
				}
			}
		}
	}
	close(queue)
}

// worker is what one worker needs to make views.
type worker struct {
	*Loader
	image   data.Image
	stream  random.Stream
	scratch augment.Scratch
}

func (l *Loader) work(ctx context.Context, parts <-chan part) {
	w := worker{Loader: l}
	for p := range parts {
		for row := p.from; row < p.to && ctx.Err() == nil; row++ {
			if err := w.make(p.batch, row); err != nil {
				l.mu.Lock()
				p.batch.err = err
				l.mu.Unlock()
			}
		}
		if p.batch.pending.Add(-1) == 0 {
			p.batch.ready <- struct{}{}
		}
	}
}

// make fills one row of a batch.
func (w *worker) make(b *Batch, row int) error {
	sample, err := w.read(b.samples[row])
	if err != nil {
		return err
	}
	b.Indices[row] = int32(sample)
	if sample < 0 {
		return nil
	}
	b.Labels[row] = int32(w.dataset.Label(sample))
	if b.Captions != nil {
		b.Captions[row] = w.dataset.Caption(sample)
	}
	for v := range b.Views {
		w.stream.Reset(w.config.viewSeed(), viewKey, uint64(b.Epoch), uint64(sample), uint64(v))
		if err := w.pipeline.Apply(b.row(v, row), &w.image, v, &w.stream, &w.scratch); err != nil {
			return fmt.Errorf("loader: sample %d: %w", sample, err)
		}
		at := w.scratch.Place
		flipped := float32(0)
		if at.Flipped {
			flipped = 1
		}
		copy(b.place(v, row), []float32{at.Top, at.Left, at.Height, at.Width, flipped})
	}
	return nil
}

// read decodes a sample, or the one that takes its place, and returns which
// one it was: -1 if it is to be left out.
func (w *worker) read(wanted int) (sample int, err error) {
	n := w.dataset.Len()
	for k := range n {
		sample = (wanted + k) % n
		if err = w.dataset.Image(sample, &w.image); err == nil {
			return sample, nil
		}
		if !data.Skippable(err) {
			return 0, fmt.Errorf("loader: %w", err)
		}
		if k == 0 {
			w.failed(sample, err)
		}
		if w.config.SkipBroken {
			return -1, nil
		}
	}
	return 0, fmt.Errorf("loader: no sample of the dataset can be read: %w", err)
}

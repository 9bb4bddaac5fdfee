package train

import (
	"context"
	"iter"

	"github.com/kontrast-ml/kontrast/internal/loader"
)

// inputs yields the inputs of steps, made of batches. Where the device of the step has a memory of its own, those of
// the next step are made and copied there while it computes.
func (l *Loop) inputs(ctx context.Context, epoch, step int) iter.Seq2[Inputs, error] {
	batches := func(ctx context.Context) iter.Seq2[Inputs, error] {
		return func(yield func(Inputs, error) bool) {
			for batch, err := range l.Batches(ctx, epoch, step) {
				var in Inputs
				if err == nil {
					in, err = l.made(batch)
				}
				if !yield(in, err) {
					return
				}
			}
		}
	}
	if l.Stepper.copies() {
		return ahead(ctx, batches)
	}
	return batches(ctx)
}

// made makes the inputs of a step of a batch, which it releases.
func (l *Loop) made(batch *loader.Batch) (Inputs, error) {
	defer batch.Release()
	in := newInputs(batch)
	if l.Captions != nil {
		in.Tokens = l.Captions.Batch(batch.Captions)
	}
	return in, l.Stepper.place(in)
}

// ahead yields what an iteration does, which is always one element further. The iteration gets a context that ends
// with the caller's.
func ahead(ctx context.Context, of func(context.Context) iter.Seq2[Inputs, error]) iter.Seq2[Inputs, error] {
	type item struct {
		Inputs
		err error
	}
	return func(yield func(Inputs, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		items := make(chan item)
		go func() {
			defer close(items)
			for in, err := range of(ctx) {
				select {
				case items <- item{in, err}:
				case <-ctx.Done():
					in.release()
					return
				}
			}
		}()
		defer func() {
			cancel()
			for i := range items { // until the iteration has ended
				i.release()
			}
		}()
		for i := range items {
			if !yield(i.Inputs, i.err) {
				return
			}
		}
	}
}

package loader

import "sync/atomic"

// Batch holds the views of some samples. Its memory is used again after
// Release, so what outlives that must be copied.
type Batch struct {
	Epoch, Step int // counted from 0; the step within its epoch
	// Count is the number of samples. Rows from Count on, in a short batch, are
	// padding: zero in Views and Labels, -1 in Indices.
	Count int
	// Views are the views of all samples, [N, H, W, 3] each, with N the batch size of the Config.
	Views [][]float32
	// Sizes are the heights (and widths) of the views.
	Sizes []int
	// Places are where the views lie in their images, [N, 5] each: top, left, height
	// and width in pixels of the image, and 1 for a view that is flipped, else 0.
	Places [][]float32
	// Indices are the samples' positions in the dataset, [N].
	Indices []int32
	// Labels are the samples' classes, [N], -1 for none.
	Labels []int32
	// Captions describe the samples, [N]; nil unless Config.Captions asks for them.
	Captions []string

	loader  *Loader
	samples []int         // the samples to read, before any is replaced
	pending atomic.Int32  // parts that are not made yet
	ready   chan struct{} // receives one value when all are made
	err     error         // why it could not be made; guarded by the loader's mu until ready
}

// Release hands the memory of the batch back to its loader; call it once at
// most. Batches that are not released are left to the garbage collector.
func (b *Batch) Release() {
	b.loader.mu.Lock()
	defer b.loader.mu.Unlock()
	b.loader.free = append(b.loader.free, b)
}

// batch returns a batch to fill, with memory that was released if there is any.
func (l *Loader) batch() *Batch {
	l.mu.Lock()
	defer l.mu.Unlock()
	if last := len(l.free) - 1; last >= 0 {
		b := l.free[last]
		l.free = l.free[:last]
		b.err = nil
		return b
	}
	n := l.config.Batch
	b := &Batch{
		loader:  l,
		Sizes:   l.pipeline.Sizes(),
		Indices: make([]int32, n),
		Labels:  make([]int32, n),
		samples: make([]int, 0, n),
		ready:   make(chan struct{}, 1),
	}
	if l.config.Captions {
		b.Captions = make([]string, n)
	}
	for _, size := range b.Sizes {
		b.Views = append(b.Views, make([]float32, n*3*size*size))
		b.Places = append(b.Places, make([]float32, n*PlaceSize))
	}
	return b
}

// row is the part of a view that belongs to a row of the batch.
func (b *Batch) row(view, row int) []float32 {
	n := 3 * b.Sizes[view] * b.Sizes[view]
	return b.Views[view][row*n : (row+1)*n : (row+1)*n]
}

// PlaceSize is the number of values that say where a view lies.
const PlaceSize = 5

// place is the part of a view's places that belongs to a row of the batch.
func (b *Batch) place(view, row int) []float32 {
	return b.Places[view][row*PlaceSize : (row+1)*PlaceSize : (row+1)*PlaceSize]
}

// finish removes the rows whose samples were left out and pads the batch.
func (b *Batch) finish() {
	kept := 0
	for row := range b.samples {
		if b.Indices[row] < 0 {
			continue
		}
		if kept != row {
			b.Indices[kept], b.Labels[kept] = b.Indices[row], b.Labels[row]
			if b.Captions != nil {
				b.Captions[kept] = b.Captions[row]
			}
			for v := range b.Views {
				copy(b.row(v, kept), b.row(v, row))
				copy(b.place(v, kept), b.place(v, row))
			}
		}
		kept++
	}
	b.Count = kept
	for row := kept; row < len(b.Indices); row++ {
		b.Indices[row], b.Labels[row] = -1, 0
		if b.Captions != nil {
			b.Captions[row] = ""
		}
		for v := range b.Views {
			clear(b.row(v, row))
			clear(b.place(v, row))
		}
	}
}

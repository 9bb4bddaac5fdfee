// Package loader makes batches of views ahead of the training that consumes
// them.
//
// The order of the samples and every random number of a view depend on the
// seed, the epoch, the sample and the view alone: not on the number of workers,
// on where an iteration begins, or on what else runs.
package loader

import (
	"cmp"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"github.com/kontrast-ml/kontrast/framework/augment"
	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/framework/random"
)

// Config says how a Loader forms batches.
type Config struct {
	Batch int    // samples a batch, at least 1
	Seed  uint64 // of the order, and of the views unless ViewSeed says otherwise
	// ViewSeed is the seed of the views; nil for Seed.
	ViewSeed *uint64
	// Workers is the number of goroutines that make views, at most 1024; 0 for one a CPU.
	Workers int
	// Prefetch is the number of batches made ahead of the consumer, at most 1024; 0 for 2.
	Prefetch int
	// Epochs is the epoch before which the iteration ends; 0 for never.
	Epochs int
	// Shuffle draws a new order of the samples for each epoch. Otherwise they come in the dataset's order.
	Shuffle bool
	// DropLast leaves out the samples at the end of an epoch that do not fill a
	// batch. Otherwise they form a short batch (see Batch.Count).
	DropLast bool
	// SkipBroken leaves a sample that cannot be read out of its batch, which gets
	// short, as evaluations need. Otherwise the next readable sample of the
	// dataset takes its place.
	SkipBroken bool
	// Captions makes batches carry the captions of their samples.
	Captions bool
}

func (c Config) viewSeed() uint64 {
	if c.ViewSeed != nil {
		return *c.ViewSeed
	}
	return c.Seed
}

// Evaluation is the configuration of one pass over a dataset in its order,
// with the last short batch and without samples that cannot be read.
func Evaluation(batch int) Config {
	return Config{Batch: batch, Epochs: 1, SkipBroken: true}
}

// Loader makes the batches of one dataset. It is safe for concurrent use.
type Loader struct {
	dataset  data.Dataset
	pipeline *augment.Pipeline
	config   Config

	mu       sync.Mutex
	free     []*Batch
	failures map[int]error // by sample
}

// most bounds workers and batches made ahead: more are a mistake.
const most = 1024

// New returns a loader. It is an error if the data set or the pipeline is nil,
// a setting is out of range, or not a single batch can be formed.
func New(dataset data.Dataset, pipeline *augment.Pipeline, config Config) (*Loader, error) {
	if dataset == nil || pipeline == nil {
		return nil, errors.New("loader: a data set and a pipeline are needed, and one of them is nil")
	}
	n := dataset.Len()
	switch {
	case config.Batch < 1:
		return nil, fmt.Errorf("loader: a batch of %d samples, expected at least 1", config.Batch)
	case n == 0:
		return nil, errors.New("loader: the dataset has no samples")
	case config.DropLast && n < config.Batch:
		return nil, fmt.Errorf("loader: the dataset has %d samples, fewer than one batch of %d: use a smaller batch or "+
			"more samples", n, config.Batch)
	case config.Workers < 0 || config.Prefetch < 0 || config.Epochs < 0:
		return nil, fmt.Errorf("loader: workers %d, prefetch %d, epochs %d: none may be negative",
			config.Workers, config.Prefetch, config.Epochs)
	case config.Workers > most || config.Prefetch > most:
		return nil, fmt.Errorf("loader: workers %d, prefetch %d: neither may be above %d",
			config.Workers, config.Prefetch, most)
	}
	if config.Workers == 0 {
		config.Workers = runtime.GOMAXPROCS(0)
	}
	if config.Prefetch == 0 {
		config.Prefetch = 2
	}
	return &Loader{dataset: dataset, pipeline: pipeline, config: config}, nil
}

// Len is the number of samples of the dataset.
func (l *Loader) Len() int { return l.dataset.Len() }

// StepsPerEpoch is the number of batches of an epoch.
func (l *Loader) StepsPerEpoch() int {
	n, batch := l.dataset.Len(), l.config.Batch
	if l.config.DropLast {
		return n / batch
	}
	return (n + batch - 1) / batch
}

// Keys of the random streams that a loader draws from.
const (
	orderKey = iota
	viewKey
)

// order writes the samples of an epoch, in their order, to into.
func (l *Loader) order(epoch int, into []int) {
	if l.config.Shuffle {
		random.New(l.config.Seed, orderKey, uint64(epoch)).Perm(into)
		return
	}
	for i := range into {
		into[i] = i
	}
}

// Failure is a sample that could not be read.
type Failure struct {
	Sample int // index in the dataset
	Err    error
}

// Failures lists the samples that could not be read so far, each once, in
// their order.
func (l *Loader) Failures() []Failure {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]Failure, 0, len(l.failures))
	for sample, err := range l.failures {
		out = append(out, Failure{sample, err})
	}
	slices.SortFunc(out, func(a, b Failure) int { return cmp.Compare(a.Sample, b.Sample) })
	return out
}

func (l *Loader) failed(sample int, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failures == nil {
		l.failures = map[int]error{}
	}
	l.failures[sample] = err
}

package data

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
)

// pictures is a dataset of image files.
type pictures struct {
	files    *files
	names    []string // the file of each sample
	classes  []string
	labels   []int    // nil for none
	captions []string // nil for none
	groups   []int    // which samples have the same image; nil if none have
	table    string   // that lists the samples; "" for none
	lines    []int    // of the table, counted from 1
	how      string   // the table was read, in words
	strict   bool
	notes    []string
	factors  []FactorInfo // attributes from a table; nil for none
	values   [][]float64  // of the factors, for each sample; nil where unknown
}

func (p *pictures) Len() int          { return len(p.names) }
func (p *pictures) Classes() []string { return p.classes }

func (p *pictures) Label(i int) int {
	if p.labels == nil {
		return -1
	}
	return p.labels[i]
}

func (p *pictures) Caption(i int) string {
	if p.captions == nil {
		return ""
	}
	return p.captions[i]
}

func (p *pictures) Image(i int, dst *Image) error {
	if err := p.files.decode(p.names[i], dst); err != nil {
		return &SampleError{Index: i, Path: p.path(i), Strict: p.strict, Err: err}
	}
	return nil
}

// ShorterSide implements Sized.
func (p *pictures) ShorterSide(i int) (int, error) {
	side, err := p.files.shorterSide(p.names[i])
	if err != nil {
		return 0, &SampleError{Index: i, Path: p.path(i), Strict: p.strict, Err: err}
	}
	return side, nil
}

// Group implements Grouped.
func (p *pictures) Group(i int) int {
	if p.groups == nil {
		return i
	}
	return p.groups[i]
}

// Omissions implements Omitting.
func (p *pictures) Omissions() []Omission { return p.files.omitted }

// Notes implements Noted.
func (p *pictures) Notes() []string { return p.notes }

// path names the file of a sample, and the line of the table that lists it.
func (p *pictures) path(i int) string {
	path := p.files.path(p.names[i])
	if p.table == "" {
		return path
	}
	return fmt.Sprintf("%s, line %d: %s", p.table, p.lines[i], path)
}

// finish puts the cache and the part that is wanted over the samples of a
// split, and checks that a strict dataset leaves nothing out.
func (r Reading) finish(
	ctx context.Context, p *pictures, part func(Dataset) (Dataset, error), env Env,
) (Dataset, error) {
	p.strict = r.Strict
	dataset := cachedBeyond(p, r.cacheWithin(env.Memory), newDisk(env.CacheDir, p.Len(), r.CacheDisk))
	if part != nil {
		var err error
		if dataset, err = part(dataset); err != nil {
			return nil, err
		}
	}
	if !r.Strict {
		return dataset, nil
	}
	broken, err := unreadable(ctx, dataset, env)
	if err != nil {
		return nil, err
	}
	return dataset, refuse(append(p.Omissions(), broken...))
}

// unreadable decodes every sample and returns those that cannot be.
func unreadable(ctx context.Context, dataset Dataset, env Env) ([]Omission, error) {
	found := make([]*Omission, dataset.Len())
	var next, done atomic.Int64
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			var image Image
			for i := next.Add(1) - 1; i < int64(len(found)) && ctx.Err() == nil; i = next.Add(1) - 1 {
				if err := dataset.Image(int(i), &image); err != nil {
					found[i] = omissionOf(err)
				}
				if n := done.Add(1); n%1000 == 0 {
					mu.Lock()
					env.progress("checking images", n, int64(len(found)))
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	var out []Omission
	for _, o := range found {
		if o != nil {
			out = append(out, *o)
		}
	}
	return out, ctx.Err()
}

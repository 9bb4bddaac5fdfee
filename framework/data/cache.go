package data

import "sync/atomic"

// Cached keeps decoded images in memory, up to limit bytes of pixels; images
// beyond the limit are decoded at each call. A limit of 0 keeps none.
func Cached(dataset Dataset, limit int64) Dataset {
	if limit <= 0 {
		return dataset
	}
	c := &cached{Dataset: dataset, images: make([]atomic.Pointer[Image], dataset.Len())}
	c.free.Store(limit)
	return c
}

type cached struct {
	Dataset
	images []atomic.Pointer[Image]
	free   atomic.Int64
}

func (c *cached) Image(i int, dst *Image) error {
	if kept := c.images[i].Load(); kept != nil {
		dst.CopyFrom(kept)
		return nil
	}
	if err := c.Dataset.Image(i, dst); err != nil {
		return err
	}
	size := int64(len(dst.Pix))
	if c.free.Add(-size) < 0 {
		c.free.Add(size)
		return nil
	}
	kept := &Image{}
	kept.CopyFrom(dst)
	if !c.images[i].CompareAndSwap(nil, kept) {
		c.free.Add(size)
	}
	return nil
}

func (c *cached) Below() Dataset   { return c.Dataset }
func (c *cached) Origin(i int) int { return i }

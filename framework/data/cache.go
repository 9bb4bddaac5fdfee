package data

import (
	"encoding/binary"
	"os"
	"sync"
	"sync/atomic"
)

// Cached keeps decoded images in memory, up to limit bytes of pixels; images
// beyond the limit are decoded at each call. A limit of 0 keeps none.
func Cached(dataset Dataset, limit int64) Dataset { return cachedBeyond(dataset, limit, nil) }

// cachedBeyond keeps images in memory up to the limit, and beyond it on a disk
// that is not nil.
func cachedBeyond(dataset Dataset, limit int64, beyond *disk) Dataset {
	if limit <= 0 && beyond == nil {
		return dataset
	}
	c := &cached{Dataset: dataset, images: make([]atomic.Pointer[Image], dataset.Len()), disk: beyond}
	c.free.Store(limit)
	return c
}

type cached struct {
	Dataset
	images []atomic.Pointer[Image]
	free   atomic.Int64
	disk   *disk // nil for none
}

func (c *cached) Image(i int, dst *Image) error {
	if kept := c.images[i].Load(); kept != nil {
		dst.CopyFrom(kept)
		return nil
	}
	if c.disk.read(i, dst) {
		return nil
	}
	if err := c.Dataset.Image(i, dst); err != nil {
		return err
	}
	size := int64(len(dst.Pix))
	if c.free.Add(-size) < 0 {
		c.free.Add(size)
		c.disk.keep(i, dst)
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

// disk keeps images in a file without a name, which ends with the process.
type disk struct {
	folder string         // "" for the system's
	at     []atomic.Int64 // of each image: where it lies, counted from 1; 0 for nowhere
	free   atomic.Int64   // bytes; negative when nothing can be written any more
	next   atomic.Int64   // where the next image comes

	open sync.Once
	file *os.File
}

// newDisk is nil for a limit of 0.
func newDisk(folder string, images int, limit int64) *disk {
	if limit <= 0 {
		return nil
	}
	d := &disk{folder: folder, at: make([]atomic.Int64, images)}
	d.free.Store(limit)
	return d
}

// diskHeader is the size of an image before its pixels.
const diskHeader = 8

// keep writes an image, if there is room. A disk that is full or broken keeps no more.
func (d *disk) keep(i int, image *Image) {
	if d == nil {
		return
	}
	size := int64(diskHeader + len(image.Pix))
	if d.free.Add(-size) < 0 {
		d.free.Add(size)
		return
	}
	d.open.Do(func() {
		if d.folder != "" && os.MkdirAll(d.folder, 0o755) != nil {
			return
		}
		file, err := os.CreateTemp(d.folder, "decoded-*")
		if err != nil {
			return
		}
		_ = os.Remove(file.Name())
		d.file = file
	})
	if d.file == nil {
		d.free.Store(-1)
		return
	}
	record := make([]byte, size)
	binary.LittleEndian.PutUint32(record, uint32(image.Width))
	binary.LittleEndian.PutUint32(record[4:], uint32(image.Height))
	copy(record[diskHeader:], image.Pix)
	at := d.next.Add(size) - size
	if _, err := d.file.WriteAt(record, at); err != nil {
		d.free.Store(-1)
		return
	}
	d.at[i].Store(at + 1)
}

// read says whether the image is there and was read.
func (d *disk) read(i int, dst *Image) bool {
	if d == nil {
		return false
	}
	at := d.at[i].Load() - 1
	if at < 0 {
		return false
	}
	var header [diskHeader]byte
	if _, err := d.file.ReadAt(header[:], at); err != nil {
		return false
	}
	dst.Reset(int(binary.LittleEndian.Uint32(header[:])), int(binary.LittleEndian.Uint32(header[4:])))
	_, err := d.file.ReadAt(dst.Pix, at+diskHeader)
	return err == nil
}

package data

import (
	"context"
	"fmt"
	"math"

	"golang.org/x/sync/semaphore"
)

// Reading says how image files are read, as the options of folder and pairs have it.
type Reading struct {
	Strict      bool  `yaml:"strict"`
	AsStored    bool  `yaml:"ignore_orientation"`
	DecodeBytes int64 `yaml:"decode_bytes" range:"[0,inf)"`
	Cache       int64 `yaml:"cache_bytes" range:"[0,inf)"`
	CacheDisk   int64 `yaml:"cache_disk_bytes" range:"[0,inf)" omit:"0"`
	DecodeSide  int   `yaml:"decode_short_side" range:"[0,inf)" omit:"0"`
}

const (
	defaultDecodeBytes = 1 << 30
	defaultCacheBytes  = 1 << 29
)

// cacheShare is the part of the memory of a process that the decoded images of a split take at most.
const cacheShare = 16

// cacheWithin is how many bytes of decoded images are kept by a process of that memory, 0 for unknown.
func (r Reading) cacheWithin(memory int64) int64 {
	if memory == 0 {
		return r.Cache
	}
	return min(r.Cache, memory/cacheShare)
}

// reading decodes images within a bounded amount of memory.
type reading struct {
	limit    int64
	memory   *semaphore.Weighted
	asStored bool
	side     int // see [Reading.DecodeSide]
}

func (r Reading) open() *reading {
	limit := r.DecodeBytes
	if limit == 0 {
		limit = defaultDecodeBytes
	}
	return &reading{limit: limit, memory: semaphore.NewWeighted(limit), asStored: r.AsStored, side: r.DecodeSide}
}

// decode decodes an image file into dst. It waits while other goroutines decode
// as much as the memory allows, and refuses what never fits.
func (r *reading) decode(file []byte, dst *Image) error {
	format, err := formatIn(file)
	if err != nil {
		return err
	}
	cost, err := r.cost(format, file)
	if err != nil {
		return err
	}
	if need := cost.bytes() + int64(len(file)); need > r.limit {
		return fmt.Errorf("%d×%d pixels of %d bits take %s to decode, more than decode_bytes allows (%s)",
			cost.width, cost.height, cost.bits, bytesText(need), bytesText(r.limit))
	} else if err := r.memory.Acquire(context.Background(), need); err != nil {
		return err
	} else {
		defer r.memory.Release(need)
	}
	if err := format.into(file, cost.by, dst); err != nil {
		return err
	}
	if !r.asStored {
		dst.orient(format.orientation(file))
	}
	return nil
}

// cost is what decoding a file takes, and the size at which it is decoded: of
// JPEG 1/8, 1/4 or 1/2, the smallest whose shorter side is as long as asked for.
func (r *reading) cost(format *format, file []byte) (cost, error) {
	c, err := format.cost(file)
	if err != nil || r.side == 0 || format.name != "JPEG" || c.bits > 24 { // CMYK and RGB are decoded whole
		return c, err
	}
	for c.by < 8 && min(c.width, c.height)/(2*c.by) >= r.side {
		c.by *= 2
	}
	return c, nil
}

// cost is what decoding an image takes.
type cost struct {
	width, height int  // of the file
	bits          int  // of a pixel when decoded
	buffered      bool // coefficients or passes are kept beside the pixels
	by            int  // width and height are divided by, rounded up
}

// shorterSide is that of the decoded image.
func (c cost) shorterSide() int { return (min(c.width, c.height) + c.by - 1) / c.by }

// coefficientBits are kept for each value of a progressive JPEG, of three for a pixel at most.
const coefficientBits = 96

// bytes is what the decoded pixels, the image made of them and a turned copy take.
func (c cost) bytes() int64 {
	perPixel := (float64(c.bits)/8 + 3 + 3) / float64(c.by*c.by)
	if c.buffered {
		perPixel += coefficientBits / 8
	}
	need := float64(c.width) * float64(c.height) * perPixel
	if need > math.MaxInt64/2 {
		return math.MaxInt64 / 2
	}
	return int64(need)
}

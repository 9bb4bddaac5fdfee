package data

import (
	"fmt"
	"image/color"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
)

// counted counts the images that are decoded.
type counted struct {
	Dataset
	decoded atomic.Int64
}

func (c *counted) Image(i int, dst *Image) error {
	c.decoded.Add(1)
	return c.Dataset.Image(i, dst)
}

func TestImagesAreKeptInMemoryAndBeyondItOnDisk(t *testing.T) {
	files := map[string][]byte{}
	for i := range 10 {
		files[fmt.Sprintf("%d.png", i)] = pngOf(t, 4+i, 5, color.NRGBA{R: uint8(20 * i), A: 255})
	}
	root := tree(t, files)
	plain, err := openFolderWith(FolderParams{Path: root, Test: root}, Train)
	if err != nil {
		t.Fatal(err)
	}
	size := func(i int) int64 { return int64(3 * (4 + i) * 5) }
	for _, c := range []struct {
		memory, disk int64
		kept         int // images that are decoded once only
	}{
		{0, 0, 0}, {1 << 20, 0, 10}, {size(0) + size(1), 0, 2}, {size(0) + size(1), 1 << 20, 10}, {0, 1 << 20, 10},
		{size(0), size(1) + size(2) + 2*diskHeader, 3},
	} {
		folder := t.TempDir()
		below := &counted{Dataset: plain}
		d := cachedBeyond(below, c.memory, newDisk(folder, plain.Len(), c.disk))
		for pass := range 3 {
			var wg sync.WaitGroup
			for i := range 10 {
				check := func() {
					var got, want Image
					if err := d.Image(i, &got); err != nil {
						t.Error(err)
					}
					if err := plain.Image(i, &want); err != nil {
						t.Error(err)
					}
					if got.Width != want.Width || got.Height != want.Height || !slices.Equal(got.Pix, want.Pix) {
						t.Errorf("%+v, pass %d: image %d differs", c, pass, i)
					}
				}
				if pass == 0 {
					check() // in this order
				} else {
					wg.Go(check)
				}
			}
			wg.Wait()
		}
		if got := below.decoded.Load(); got != int64(c.kept+3*(10-c.kept)) {
			t.Errorf("%+v: %d images were decoded, want %d", c, got, c.kept+3*(10-c.kept))
		}
		if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
			t.Errorf("%+v: %v is left in the folder, %v", c, left, err)
		}
	}
	broken := cachedBeyond(plain, 0, newDisk("/dev/null/nowhere", plain.Len(), 1<<20))
	for range 2 {
		if err := broken.Image(3, &Image{}); err != nil {
			t.Errorf("a folder that can't be written to: %v", err)
		}
	}
}

package data

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"sync"
	"sync/atomic"
)

// Normalization is the mean and standard deviation of each channel (R, G, B) on
// the scale where a channel goes from 0 to 1. Views are normalized as (x-mean)/std.
type Normalization struct {
	Mean [3]float64 `yaml:"mean" range:"[0,1]"`
	Std  [3]float64 `yaml:"std" range:"[0.0001,1]"`
}

// ImageNet is the normalization that torchvision's models expect.
var ImageNet = Normalization{Mean: [3]float64{0.485, 0.456, 0.406}, Std: [3]float64{0.229, 0.224, 0.225}}

// Measure computes the normalization of a dataset, normally its training split,
// over all pixels of at most limit evenly spaced samples (0 for all). Samples
// that cannot be read are left out. A channel without variation gets the
// standard deviation of one gray level, 1/255.
func Measure(ctx context.Context, dataset Dataset, limit int) (Normalization, error) {
	n := dataset.Len()
	if limit <= 0 || limit > n {
		limit = n
	}
	var next atomic.Int64
	parts := make([]channelSums, runtime.GOMAXPROCS(0))
	var wg sync.WaitGroup
	for w := range parts {
		part := &parts[w]
		wg.Go(func() {
			var image Image
			for k := next.Add(1) - 1; k < int64(limit) && ctx.Err() == nil && part.fatal == nil; k = next.Add(1) - 1 {
				part.add(dataset.Image(int(k*int64(n)/int64(limit)), &image), &image)
			}
		})
	}
	wg.Wait()
	var all channelSums
	for _, part := range parts {
		all.join(part)
	}
	if err := cmp.Or(ctx.Err(), all.fatal); err != nil {
		return Normalization{}, fmt.Errorf("normalization: %w", err)
	}
	return all.normalization()
}

// channelSums are the sums over the pixels of some images. Integers, so that
// the order of summation does not matter.
type channelSums struct {
	sum, squares      [3]uint64
	pixels            uint64
	unreadable, fatal error
}

// add adds an image, or the error that came instead.
func (s *channelSums) add(err error, image *Image) {
	switch {
	case err == nil:
	case Skippable(err):
		s.unreadable = err
		return
	default:
		s.fatal = err
		return
	}
	s.pixels += uint64(image.Width * image.Height)
	for pix := image.Pix; len(pix) >= 3; pix = pix[3:] {
		for c, v := range pix[:3] {
			s.sum[c] += uint64(v)
			s.squares[c] += uint64(v) * uint64(v)
		}
	}
}

func (s *channelSums) join(other channelSums) {
	for c := range 3 {
		s.sum[c] += other.sum[c]
		s.squares[c] += other.squares[c]
	}
	s.pixels += other.pixels
	s.unreadable, s.fatal = cmp.Or(s.unreadable, other.unreadable), cmp.Or(s.fatal, other.fatal)
}

func (s *channelSums) normalization() (Normalization, error) {
	if s.pixels == 0 {
		return Normalization{}, errors.Join(errors.New("normalization: no sample could be read"), s.unreadable)
	}
	var out Normalization
	for c := range 3 {
		mean := float64(s.sum[c]) / float64(s.pixels)
		variance := float64(s.squares[c])/float64(s.pixels) - mean*mean
		out.Mean[c] = mean / 255
		out.Std[c] = math.Sqrt(max(variance, 1)) / 255
	}
	return out, nil
}

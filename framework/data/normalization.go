package data

import (
	"context"
	"errors"
	"fmt"
	"math"
)

// Normalization is the mean and standard deviation of each channel (R, G, B) on
// the scale where a channel goes from 0 to 1. Views are normalised as (x-mean)/std.
type Normalization struct {
	Mean [3]float64 `yaml:"mean" doc:"mean of the channels R, G, B on the scale 0 to 1" range:"[0,1]"`
	Std  [3]float64 `yaml:"std" doc:"standard deviation of the channels R, G, B on the scale 0 to 1" range:"(0,1]"`
}

// ImageNet is the normalisation that torchvision's models expect.
var ImageNet = Normalization{Mean: [3]float64{0.485, 0.456, 0.406}, Std: [3]float64{0.229, 0.224, 0.225}}

// Measure computes the normalisation of a dataset, normally its training split,
// over all pixels of at most limit evenly spaced samples (0 for all). Samples
// that cannot be read are left out. A channel without variation gets the
// standard deviation of one grey level, 1/255.
func Measure(ctx context.Context, dataset Dataset, limit int) (Normalization, error) {
	n := dataset.Len()
	if limit <= 0 || limit > n {
		limit = n
	}
	var (
		image        Image
		sum, squares [3]uint64
		pixels       uint64
		unreadable   error
	)
	for k := range limit {
		if err := ctx.Err(); err != nil {
			return Normalization{}, err
		}
		if err := dataset.Image(int(int64(k)*int64(n)/int64(limit)), &image); err != nil {
			if !Skippable(err) {
				return Normalization{}, fmt.Errorf("normalisation: %w", err)
			}
			unreadable = err
			continue
		}
		pixels += uint64(image.Width * image.Height)
		for i, v := range image.Pix {
			sum[i%3] += uint64(v)
			squares[i%3] += uint64(v) * uint64(v)
		}
	}
	if pixels == 0 {
		return Normalization{}, errors.Join(errors.New("normalisation: no sample could be read"), unreadable)
	}
	var out Normalization
	for c := range 3 {
		mean := float64(sum[c]) / float64(pixels)
		variance := float64(squares[c])/float64(pixels) - mean*mean
		out.Mean[c] = mean / 255
		out.Std[c] = math.Sqrt(max(variance, 1)) / 255
	}
	return out, nil
}

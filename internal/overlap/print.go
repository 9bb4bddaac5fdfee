// Package overlap finds images of one data set that another has too, or nearly:
// a test set that a training set has images of measures memory.
package overlap

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"math"
	"math/bits"
	"slices"

	"github.com/kontrast-ml/kontrast/framework/data"
)

// Print is what an image is found by.
type Print struct {
	Sum   [sha256.Size]byte // of size and pixels
	Hash  uint64            // perceptual: signs of its low frequencies
	Thumb [thumb * thumb * 3]float32
	Read  bool // false for an image that can't be read, which is like no other
}

const (
	gray  = 32 // side of the picture that frequencies are taken of
	low   = 8  // frequencies in each direction
	thumb = 8  // side of the thumbnail
)

// Prints are those of all samples of a data set, whatever cannot be read left out.
func Prints(ctx context.Context, set data.Dataset) ([]Print, error) {
	prints := make([]Print, set.Len())
	var image data.Image
	for i := range prints {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		err := set.Image(i, &image)
		if data.Skippable(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		prints[i] = Of(&image)
	}
	return prints, nil
}

// Of returns the print of an image. The perceptual hash is the pHash of
// Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions"
// (2010, §3.2.1): the 64 lowest frequencies of the discrete cosine transform of
// the gray image at 32×32, each a bit that says whether it is above their
// median. A change of size, of brightness or of the compression keeps most bits.
func Of(image *data.Image) Print {
	p := Print{Read: true}
	sum := sha256.New()
	var size [8]byte
	binary.LittleEndian.PutUint32(size[:4], uint32(image.Width))
	binary.LittleEndian.PutUint32(size[4:], uint32(image.Height))
	sum.Write(size[:])
	sum.Write(image.Pix)
	sum.Sum(p.Sum[:0])
	small := means(image, gray)
	var light [gray * gray]float64
	for i := range light {
		light[i] = 0.299*small[3*i] + 0.587*small[3*i+1] + 0.114*small[3*i+2]
	}
	p.Hash = signs(frequencies(&light))
	for i, v := range means(image, thumb) {
		p.Thumb[i] = float32(v)
	}
	return p
}

// means are the colors of an image at side×side: of each place the mean of the
// pixels there, in [0, 1]; of an image with fewer pixels the nearest.
func means(image *data.Image, side int) []float64 {
	out := make([]float64, side*side*3)
	for y := range side {
		top := y * image.Height / side
		bottom := max((y+1)*image.Height/side, top+1)
		for x := range side {
			left := x * image.Width / side
			right := max((x+1)*image.Width/side, left+1)
			at := out[3*(y*side+x):][:3]
			for row := top; row < bottom; row++ {
				for column := left; column < right; column++ {
					pixel := image.Pix[3*(row*image.Width+column):][:3]
					for c, v := range pixel {
						at[c] += float64(v)
					}
				}
			}
			for c := range at {
				at[c] /= 255 * float64((bottom-top)*(right-left))
			}
		}
	}
	return out
}

// cosines are those of the transform: frequency by place.
var cosines = func() (c [low][gray]float64) {
	for k := range low {
		for x := range gray {
			c[k][x] = math.Cos(math.Pi / gray * (float64(x) + 0.5) * float64(k))
		}
	}
	return c
}()

// frequencies are the lowest of the discrete cosine transform, row by row.
func frequencies(light *[gray * gray]float64) (out [low * low]float64) {
	var rows [gray][low]float64
	for y := range gray {
		for k := range low {
			for x := range gray {
				rows[y][k] += light[y*gray+x] * cosines[k][x]
			}
		}
	}
	for j := range low {
		for k := range low {
			for y := range gray {
				out[j*low+k] += rows[y][k] * cosines[j][y]
			}
		}
	}
	return out
}

// signs has a bit for each frequency above the median of all but the first, which is the brightness.
func signs(frequencies [low * low]float64) (hash uint64) {
	sorted := slices.Sorted(slices.Values(frequencies[1:]))
	median := sorted[len(sorted)/2]
	for i, f := range frequencies {
		if i > 0 && f > median {
			hash |= 1 << i
		}
	}
	return hash
}

// Bits is the number of bits in which the hashes differ, at most 63.
func (p *Print) Bits(other *Print) int { return bits.OnesCount64(p.Hash ^ other.Hash) }

// Difference is the mean difference of the thumbnails' colors, in [0, 1].
func (p *Print) Difference(other *Print) float64 {
	sum := float32(0)
	for i, v := range p.Thumb {
		d := v - other.Thumb[i]
		sum += max(d, -d)
	}
	return float64(sum) / float64(len(p.Thumb))
}

package augment

import (
	"math"

	"github.com/kontrast-ml/kontrast/framework/random"
)

// box is a part of an image in pixels.
type box struct{ top, left, height, width int }

// draw is everything that is random about a view.
type draw struct {
	crop     box // of a random crop
	flip     bool
	jitter   bool
	factors  [4]float32 // brightness, contrast, saturation, hue
	order    [4]uint8   // indices into factors
	gray     bool
	blur     bool
	sigma    float64
	solarize bool
}

// draw draws a view of an image of that size. The crop comes last, as the
// number of its draws varies.
func (v *View) draw(width, height int, r *random.Stream) draw {
	d := draw{flip: r.Bool(v.FlipP), jitter: r.Bool(v.Jitter.P)}
	for i, strength := range [3]float64{v.Jitter.Brightness, v.Jitter.Contrast, v.Jitter.Saturation} {
		d.factors[i] = float32(r.Uniform(max(0, 1-strength), 1+strength))
	}
	d.factors[3] = float32(r.Uniform(-v.Jitter.Hue, v.Jitter.Hue))
	d.order = [4]uint8{0, 1, 2, 3}
	for i := 3; i > 0; i-- {
		j := r.IntN(i + 1)
		d.order[i], d.order[j] = d.order[j], d.order[i]
	}
	d.gray = r.Bool(v.GrayscaleP)
	d.blur = r.Bool(v.Blur.P)
	d.sigma = r.Uniform(v.Blur.SigmaMin, v.Blur.SigmaMax)
	d.solarize = r.Bool(v.Solarize.P)
	if !v.Crop.Center {
		d.crop = v.Crop.draw(width, height, r)
	}
	return d
}

// draw draws the box of torchvision's RandomResizedCrop: ten attempts at a box
// of random area and aspect ratio, then the largest central box of a permitted ratio.
func (c *Crop) draw(width, height int, r *random.Stream) box {
	area := float64(width * height)
	low, high := math.Log(c.RatioMin), math.Log(c.RatioMax)
	for range 10 {
		target := area * r.Uniform(c.ScaleMin, c.ScaleMax)
		ratio := math.Exp(r.Uniform(low, high))
		w := int(math.RoundToEven(math.Sqrt(target * ratio)))
		h := int(math.RoundToEven(math.Sqrt(target / ratio)))
		if 0 < w && w <= width && 0 < h && h <= height {
			return box{top: r.IntN(height - h + 1), left: r.IntN(width - w + 1), height: h, width: w}
		}
	}
	b := box{height: height, width: width}
	switch ratio := float64(width) / float64(height); {
	case ratio < c.RatioMin:
		b.height = max(int(math.RoundToEven(float64(width)/c.RatioMin)), 1)
	case ratio > c.RatioMax:
		b.width = max(int(math.RoundToEven(float64(height)*c.RatioMax)), 1)
	}
	b.top, b.left = (height-b.height)/2, (width-b.width)/2
	return b
}

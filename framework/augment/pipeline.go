package augment

import (
	"errors"
	"fmt"
	"math"

	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/framework/random"
)

// Pipeline makes the views of a recipe. It is safe for concurrent use, each
// goroutine with a Scratch of its own.
type Pipeline struct {
	views []View // repeated views in full
	sizes []int
	scale [3]float32 // a pixel x is normalized to scale*x + shift
	shift [3]float32
}

// Place says which part of its image a view shows, in pixels of the image.
type Place struct {
	Top, Left, Height, Width float32
	Flipped                  bool // left and right are exchanged
}

// Scratch is the working memory of Pipeline.Apply. The zero value is ready.
type Scratch struct {
	Place Place // of the view that was made last

	vertical, horizontal axis
	floats               floatCanvas
	bytes                byteCanvas
}

// Compile returns the pipeline of a recipe with that normalization. Both are
// checked; the error lists every fault.
func Compile(recipe Recipe, normalization data.Normalization) (*Pipeline, error) {
	if err := errors.Join(config.Check(&recipe), config.Check(&normalization)); err != nil {
		return nil, err
	}
	p := &Pipeline{sizes: recipe.Sizes()}
	for _, v := range recipe.Views {
		for range v.Repeat {
			p.views = append(p.views, v)
		}
	}
	for c := range 3 {
		p.scale[c] = float32(1 / normalization.Std[c])
		p.shift[c] = float32(-normalization.Mean[c] / normalization.Std[c])
	}
	return p, nil
}

// Views is the number of views.
func (p *Pipeline) Views() int { return len(p.views) }

// Sizes are the heights (and widths) of the views. The caller must not change them.
func (p *Pipeline) Sizes() []int { return p.sizes }

// Apply makes the view of that number from src, with the random numbers of r,
// and writes it to dst [size, size, 3], normalized. It allocates only while
// scratch grows. A view that is not in [0, Views()), an empty image or a dst of
// the wrong length is an error.
func (p *Pipeline) Apply(dst []float32, src *data.Image, view int, r *random.Stream, scratch *Scratch) error {
	if view < 0 || view >= len(p.views) {
		return fmt.Errorf("view %d of a recipe that makes %d, counted from 0", view, len(p.views))
	}
	v := &p.views[view]
	if src.Width < 1 || src.Height < 1 || len(src.Pix) != 3*src.Width*src.Height {
		return fmt.Errorf("view %d: image of %d×%d pixels with %d values, expected at least one pixel and 3 values a pixel",
			view, src.Width, src.Height, len(src.Pix))
	}
	if len(dst) != 3*v.Size*v.Size {
		return fmt.Errorf("view %d: room for %d values, expected 3×%d×%d", view, len(dst), v.Size, v.Size)
	}
	d := v.draw(src.Width, src.Height, r)
	var c canvas = &scratch.floats
	if v.PIL {
		c = &scratch.bytes
	}
	scratch.Place = v.place(src, &d)
	c.resize(src, v.plan(src, &d, scratch), &scratch.vertical, &scratch.horizontal)
	v.distort(c, &d)
	p.normalize(dst, c.pixels())
	return nil
}

// plan prepares the resampling and returns the part of the image that is resampled.
func (v *View) plan(src *data.Image, d *draw, s *Scratch) box {
	part := d.crop
	width, height, left, top := v.Size, v.Size, 0, 0
	if v.Crop.Center {
		part = box{height: src.Height, width: src.Width}
		width, height = v.Crop.resized(src.Width, src.Height, v.Size)
		left, top = centered(width, v.Size), centered(height, v.Size)
	}
	s.vertical.plan(part.height, height, top, v.Size, v.Crop.Interpolation, false)
	s.horizontal.plan(part.width, width, left, v.Size, v.Crop.Interpolation, d.flip)
	return part
}

// place is the part of the image that the view shows.
func (v *View) place(src *data.Image, d *draw) Place {
	if !v.Crop.Center {
		return Place{
			Top: float32(d.crop.top), Left: float32(d.crop.left),
			Height: float32(d.crop.height), Width: float32(d.crop.width), Flipped: d.flip,
		}
	}
	width, height := v.Crop.resized(src.Width, src.Height, v.Size)
	across, down := float32(src.Width)/float32(width), float32(src.Height)/float32(height)
	return Place{
		Top: down * float32(centered(height, v.Size)), Left: across * float32(centered(width, v.Size)),
		Height: down * float32(v.Size), Width: across * float32(v.Size), Flipped: d.flip,
	}
}

// resized is the size to which the image is brought before its center is cut
// out: the shorter side as wanted, the longer one in proportion, rounded down.
func (c *Crop) resized(width, height, size int) (w, h int) {
	short := c.Resize
	if short == 0 {
		short = size
	}
	if width <= height {
		return short, short * height / width
	}
	return short * width / height, short
}

func centered(length, size int) int { return int(math.RoundToEven(float64(length-size) / 2)) }

// distort applies what was drawn, but for the crop and the flip.
func (v *View) distort(c canvas, d *draw) {
	if d.gray && v.GrayscaleFirst {
		c.grayscale()
	}
	if d.jitter {
		v.Jitter.apply(c, d)
	}
	if d.gray && !v.GrayscaleFirst {
		c.grayscale()
	}
	if d.blur {
		c.blur(d.sigma, v.Blur.Kernel)
	}
	if d.solarize {
		c.solarize(v.Solarize.Threshold)
	}
}

// apply changes the colors in the order that was drawn. A strength of zero
// leaves its operation out.
func (j *Jitter) apply(c canvas, d *draw) {
	for _, op := range d.order {
		factor := d.factors[op]
		switch {
		case op == 0 && j.Brightness > 0:
			c.brighten(factor)
		case op == 1 && j.Contrast > 0:
			c.contrast(factor)
		case op == 2 && j.Saturation > 0:
			c.saturate(factor)
		case op == 3 && j.Hue > 0:
			c.turnHue(factor)
		}
	}
}

func (p *Pipeline) normalize(dst, x []float32) {
	done := normalizeVectors(dst, x, p.scale, p.shift)
	dst, x = dst[done:], x[done:]
	for len(x) >= 3 && len(dst) >= 3 {
		dst[0] = p.scale[0]*x[0] + p.shift[0]
		dst[1] = p.scale[1]*x[1] + p.shift[1]
		dst[2] = p.scale[2]*x[2] + p.shift[2]
		dst, x = dst[3:], x[3:]
	}
}

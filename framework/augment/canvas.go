package augment

import "github.com/kontrast-ml/kontrast/framework/data"

// canvas is a view in the making, in the arithmetic of one reference.
type canvas interface {
	// resize starts a view: a part of an image, resampled as the axes say.
	resize(src *data.Image, part box, vertical, horizontal *axis)
	brighten(factor float32)
	contrast(factor float32)
	saturate(factor float32)
	turnHue(share float32)
	grayscale()
	blur(sigma float64, kernel int)
	solarize(threshold float64)
	// pixels are the result [height, width, 3] on the scale 0 to 1, until the next resize.
	pixels() []float32
}

// floatCanvas computes in float32, as torchvision does on tensors.
type floatCanvas struct {
	x             []float32
	width, height int
	resampler     resampler
	blurrer       blurrer
}

func (c *floatCanvas) resize(src *data.Image, part box, vertical, horizontal *axis) {
	c.width, c.height = len(horizontal.start), len(vertical.start)
	c.x = grow(c.x, 3*c.width*c.height)
	c.resampler.resize(c.x, src, part, vertical, horizontal)
	if vertical.overshoots || horizontal.overshoots { // which an 8-bit image cuts off
		for i, v := range c.x {
			c.x[i] = clamp01(v)
		}
	}
}

func (c *floatCanvas) brighten(factor float32)    { brighten(c.x, factor) }
func (c *floatCanvas) contrast(factor float32)    { contrast(c.x, factor) }
func (c *floatCanvas) saturate(factor float32)    { saturate(c.x, factor) }
func (c *floatCanvas) turnHue(share float32)      { turnHue(c.x, share) }
func (c *floatCanvas) grayscale()                 { grayscale(c.x) }
func (c *floatCanvas) solarize(threshold float64) { solarize(c.x, float32(threshold)) }
func (c *floatCanvas) blur(sigma float64, kernel int) {
	c.blurrer.apply(c.x, c.width, c.height, sigma, kernel)
}
func (c *floatCanvas) pixels() []float32 { return c.x }

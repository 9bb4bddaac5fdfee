// Package augment makes the random views of an image that contrastive methods
// compare: random resized crops, flips, color jitter, grayscale, blur,
// solarization and normalization.
//
// A Recipe says how the views of one sample are made; Named holds the recipes
// of the papers. Compile turns a recipe into a Pipeline, which turns an 8-bit
// image into normalized float32 pixels without allocating. The operations are
// those of torchvision's tensor functions (version 0.14), with antialiased
// resizing; View.PIL selects the 8-bit arithmetic of Pillow instead.
//
// What is random about a view depends on its random stream alone. Everything
// but the crop takes a fixed number of draws, made whether or not a view needs
// them, so that two recipes given the same stream flip, jitter and blur the
// same samples.
package augment

import (
	"errors"

	"github.com/kontrast-ml/kontrast/framework/config"
)

// Recipe says how the views of a sample are made.
type Recipe struct {
	Views []View `yaml:"views"`
}

// View is one way to make a view. Its operations are applied in the order of
// the fields; those with probability zero are left out.
type View struct {
	Repeat         int      `yaml:"repeat" range:"[1,64]"`
	Size           int      `yaml:"size" range:"[1,1024]"`
	Crop           Crop     `yaml:"crop"`
	FlipP          float64  `yaml:"flip_p" range:"[0,1]"`
	GrayscaleFirst bool     `yaml:"grayscale_first"`
	Jitter         Jitter   `yaml:"jitter"`
	GrayscaleP     float64  `yaml:"grayscale_p" range:"[0,1]"`
	Blur           Blur     `yaml:"blur"`
	Solarize       Solarize `yaml:"solarize"`
	PIL            bool     `yaml:"pil"`
}

// Crop selects the part of the image that becomes the view, and how it is
// resized. It is a random resized crop unless Center is set.
type Crop struct {
	Center        bool    `yaml:"center"`
	Resize        int     `yaml:"resize" range:"[0,2048]"`
	ScaleMin      float64 `yaml:"scale_min" range:"(0,1]"`
	ScaleMax      float64 `yaml:"scale_max" range:"(0,1]"`
	RatioMin      float64 `yaml:"ratio_min" range:"(0,100]"`
	RatioMax      float64 `yaml:"ratio_max" range:"(0,100]"`
	Interpolation string  `yaml:"interpolation" oneof:"bilinear,bicubic,bilinear-noantialias"`
}

// The interpolations of Crop.
const (
	Bilinear            = "bilinear"
	Bicubic             = "bicubic"
	BilinearNoAntialias = "bilinear-noantialias"
)

// Jitter changes brightness, contrast, saturation and hue in random order. The
// first three are multiplied by a factor drawn from [max(0, 1-x), 1+x]; the hue
// turns by a share of the circle drawn from [-x, x].
type Jitter struct {
	P          float64 `yaml:"p" range:"[0,1]"`
	Brightness float64 `yaml:"brightness" range:"[0,10]"`
	Contrast   float64 `yaml:"contrast" range:"[0,10]"`
	Saturation float64 `yaml:"saturation" range:"[0,10]"`
	Hue        float64 `yaml:"hue" range:"[0,0.5]"`
}

// Blur is a Gaussian blur.
type Blur struct {
	P        float64 `yaml:"p" range:"[0,1]"`
	SigmaMin float64 `yaml:"sigma_min" range:"[0,100]"`
	SigmaMax float64 `yaml:"sigma_max" range:"[0,100]"`
	Kernel   int     `yaml:"kernel" range:"[0,255]"`
}

// Solarize inverts the channels that reach a threshold.
type Solarize struct {
	P         float64 `yaml:"p" range:"[0,1]"`
	Threshold float64 `yaml:"threshold" range:"[0,1]"`
}

// SetDefaults makes v one random resized crop as torchvision's, from 0.08 of
// the area and ratios from 3/4 to 4/3. The size remains to be given.
func (v *View) SetDefaults() {
	*v = View{Repeat: 1, Crop: randomCrop(0.08, 1)}
}

// Validate reports a recipe without views.
func (r *Recipe) Validate() error {
	if len(r.Views) == 0 {
		return config.Faultf("views", "the recipe has none, expected at least one")
	}
	return nil
}

// Validate reports what the ranges of the fields alone do not exclude.
func (v *View) Validate() error {
	var faults []error
	if !v.Crop.Center {
		c := v.Crop
		if c.ScaleMin > c.ScaleMax {
			faults = append(
				faults, config.Faultf("crop.scale_min", "%v is more than scale_max, which is %v", c.ScaleMin, c.ScaleMax),
			)
		}
		if c.RatioMin > c.RatioMax {
			faults = append(
				faults, config.Faultf("crop.ratio_min", "%v is more than ratio_max, which is %v", c.RatioMin, c.RatioMax),
			)
		}
	}
	if v.Crop.Center && v.Crop.Resize > 0 && v.Crop.Resize < v.Size {
		faults = append(
			faults, config.Faultf("crop.resize", "%d pixels are less than the view's size, %d", v.Crop.Resize, v.Size),
		)
	}
	if v.PIL && v.Crop.Interpolation == BilinearNoAntialias {
		faults = append(faults, config.Faultf("crop.interpolation", "%s is not Pillow's; with pil use %s or %s",
			BilinearNoAntialias, Bilinear, Bicubic))
	}
	if v.Blur.SigmaMin > v.Blur.SigmaMax {
		faults = append(
			faults, config.Faultf("blur.sigma_min", "%v is more than sigma_max, which is %v", v.Blur.SigmaMin, v.Blur.SigmaMax),
		)
	}
	if v.Blur.Kernel > 0 && v.Blur.Kernel%2 == 0 {
		faults = append(
			faults, config.Faultf("blur.kernel", "%d is even, expected an odd number of pixels, or 0", v.Blur.Kernel),
		)
	}
	return errors.Join(faults...)
}

// Sizes are the heights (and widths) of the views, repeated views included.
func (r *Recipe) Sizes() []int {
	var sizes []int
	for _, v := range r.Views {
		for range v.Repeat {
			sizes = append(sizes, v.Size)
		}
	}
	return sizes
}

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
	Views []View `yaml:"views" doc:"how each view of a sample is made, in the order in which the method receives them"`
}

// View is one way to make a view. Its operations are applied in the order of
// the fields; those with probability zero are left out.
type View struct {
	Repeat         int      `yaml:"repeat" doc:"how many views are made this way, each with random numbers of its own" range:"[1,64]"`
	Size           int      `yaml:"size" doc:"height and width of the view in pixels" range:"[1,1024]"`
	Crop           Crop     `yaml:"crop" doc:"the part of the image, and its resizing"`
	FlipP          float64  `yaml:"flip_p" doc:"probability of a horizontal flip" range:"[0,1]"`
	GrayscaleFirst bool     `yaml:"grayscale_first" doc:"grayscale comes before the color jitter instead of after it" source:"He et al. 2020 (MoCo v1), official code"`
	Jitter         Jitter   `yaml:"jitter" doc:"random change of the colors"`
	GrayscaleP     float64  `yaml:"grayscale_p" doc:"probability of grayscale" range:"[0,1]"`
	Blur           Blur     `yaml:"blur" doc:"Gaussian blur"`
	Solarize       Solarize `yaml:"solarize" doc:"inversion of what is bright"`
	PIL            bool     `yaml:"pil" doc:"computes in the 8-bit arithmetic of Pillow, slower, instead of in float32"`
}

// Crop selects the part of the image that becomes the view, and how it is
// resized. It is a random resized crop unless Center is set.
type Crop struct {
	Center        bool    `yaml:"center" doc:"resize the whole image and cut out its center, as for evaluation, instead of a random resized crop"`
	Resize        int     `yaml:"resize" doc:"center: length in pixels to which the image's shorter side is resized; 0 means the size of the view" range:"[0,2048]"`
	ScaleMin      float64 `yaml:"scale_min" doc:"smallest share of the image's area" range:"(0,1]" source:"Szegedy et al. 2015, §6: 0.08"`
	ScaleMax      float64 `yaml:"scale_max" doc:"largest share of the image's area" range:"(0,1]"`
	RatioMin      float64 `yaml:"ratio_min" doc:"smallest width/height" range:"(0,100]"`
	RatioMax      float64 `yaml:"ratio_max" doc:"largest width/height" range:"(0,100]"`
	Interpolation string  `yaml:"interpolation" doc:"filter of the resizing; all but bilinear-noantialias are stretched to avoid aliasing, as Pillow does" oneof:"bilinear,bicubic,bilinear-noantialias"`
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
	P          float64 `yaml:"p" doc:"probability of the color jitter" range:"[0,1]" source:"Chen et al. 2020, appendix A: 0.8"`
	Brightness float64 `yaml:"brightness" doc:"strength of the change of brightness" range:"[0,10]"`
	Contrast   float64 `yaml:"contrast" doc:"strength of the change of contrast" range:"[0,10]"`
	Saturation float64 `yaml:"saturation" doc:"strength of the change of saturation" range:"[0,10]"`
	Hue        float64 `yaml:"hue" doc:"largest change of the hue, as a share of the color circle" range:"[0,0.5]"`
}

// Blur is a Gaussian blur.
type Blur struct {
	P        float64 `yaml:"p" doc:"probability of the blur" range:"[0,1]" source:"Chen et al. 2020, appendix A: 0.5"`
	SigmaMin float64 `yaml:"sigma_min" doc:"smallest standard deviation, in pixels" range:"[0,100]"`
	SigmaMax float64 `yaml:"sigma_max" doc:"largest standard deviation, in pixels" range:"[0,100]"`
	Kernel   int     `yaml:"kernel" doc:"width of the kernel in pixels, odd; 0 takes what the standard deviation needs, four of them to either side. With pil the blur has no kernel, but is Pillow's three box blurs" range:"[0,255]"`
}

// Solarize inverts the channels that reach a threshold.
type Solarize struct {
	P         float64 `yaml:"p" doc:"probability of the solarization" range:"[0,1]" source:"Grill et al. 2020, appendix B: 0.2 for the second view"`
	Threshold float64 `yaml:"threshold" doc:"value from which on a channel is inverted, on the scale 0 to 1" range:"[0,1]"`
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
			faults = append(faults, config.Faultf("crop.scale_min", "%v is more than scale_max, which is %v", c.ScaleMin, c.ScaleMax))
		}
		if c.RatioMin > c.RatioMax {
			faults = append(faults, config.Faultf("crop.ratio_min", "%v is more than ratio_max, which is %v", c.RatioMin, c.RatioMax))
		}
	}
	if v.Crop.Center && v.Crop.Resize > 0 && v.Crop.Resize < v.Size {
		faults = append(faults, config.Faultf("crop.resize", "%d pixels are less than the view's size, %d", v.Crop.Resize, v.Size))
	}
	if v.PIL && v.Crop.Interpolation == BilinearNoAntialias {
		faults = append(faults, config.Faultf("crop.interpolation", "%s is not Pillow's; with pil use %s or %s", BilinearNoAntialias, Bilinear, Bicubic))
	}
	if v.Blur.SigmaMin > v.Blur.SigmaMax {
		faults = append(faults, config.Faultf("blur.sigma_min", "%v is more than sigma_max, which is %v", v.Blur.SigmaMin, v.Blur.SigmaMax))
	}
	if v.Blur.Kernel > 0 && v.Blur.Kernel%2 == 0 {
		faults = append(faults, config.Faultf("blur.kernel", "%d is even, expected an odd number of pixels, or 0", v.Blur.Kernel))
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

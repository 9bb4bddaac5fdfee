// Package augment makes the random views of an image that contrastive methods
// compare: random resized crops, flips, colour jitter, grayscale, blur,
// solarisation and normalisation.
//
// A Recipe says how the views of one sample are made; Named holds the recipes
// of the papers. Compile turns a recipe into a Pipeline, which turns an 8-bit
// image into normalised float32 pixels without allocating. The operations are
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
	"fmt"
	"slices"
	"strings"
)

// Recipe says how the views of a sample are made.
type Recipe struct {
	Views []View `yaml:"views" doc:"how each view of a sample is made, in the order in which the method receives them"`
}

// View is one way to make a view. Its operations are applied in the order of
// the fields; those with probability zero are left out.
type View struct {
	Repeat         int      `yaml:"repeat" doc:"how many views are made this way, each with random numbers of its own; 0 means 1" range:"[0,64]"`
	Size           int      `yaml:"size" doc:"height and width of the view in pixels" range:"[1,1024]"`
	Crop           Crop     `yaml:"crop"`
	FlipP          float64  `yaml:"flip_p" doc:"probability of a horizontal flip" range:"[0,1]"`
	GrayscaleFirst bool     `yaml:"grayscale_first" doc:"grayscale comes before the colour jitter instead of after it" source:"He et al. 2020 (MoCo v1), official code"`
	Jitter         Jitter   `yaml:"jitter"`
	GrayscaleP     float64  `yaml:"grayscale_p" doc:"probability of grayscale" range:"[0,1]"`
	Blur           Blur     `yaml:"blur"`
	Solarize       Solarize `yaml:"solarize"`
	PIL            bool     `yaml:"pil" doc:"computes in the 8-bit arithmetic of Pillow, slower, instead of in float32"`
}

// Crop selects the part of the image that becomes the view, and how it is resized.
type Crop struct {
	Mode          string  `yaml:"mode" doc:"random: a random resized crop; center: the image is resized and its centre cut out" oneof:"random,center"`
	ScaleMin      float64 `yaml:"scale_min" doc:"random: smallest share of the image's area" range:"(0,1]"`
	ScaleMax      float64 `yaml:"scale_max" doc:"random: largest share of the image's area" range:"(0,1]"`
	RatioMin      float64 `yaml:"ratio_min" doc:"random: smallest width/height" range:"[0.01,100]"`
	RatioMax      float64 `yaml:"ratio_max" doc:"random: largest width/height" range:"[0.01,100]"`
	Resize        int     `yaml:"resize" doc:"center: length in pixels to which the image's shorter side is resized; 0 means the size of the view" range:"[0,2048]"`
	Interpolation string  `yaml:"interpolation" doc:"filter of the resizing; all but bilinear-noantialias are stretched to avoid aliasing, as Pillow does" oneof:"bilinear,bicubic,bilinear-noantialias"`
}

// The interpolations of Crop.
const (
	Bilinear            = "bilinear"
	Bicubic             = "bicubic"
	BilinearNoAntialias = "bilinear-noantialias"
)

// The modes of Crop.
const (
	RandomCrop = "random"
	CenterCrop = "center"
)

// Jitter changes brightness, contrast, saturation and hue in random order. The
// first three are multiplied by a factor drawn from [max(0, 1-x), 1+x]; the hue
// turns by a share of the circle drawn from [-x, x].
type Jitter struct {
	P          float64 `yaml:"p" doc:"probability of the colour jitter" range:"[0,1]"`
	Brightness float64 `yaml:"brightness" doc:"strength of the change of brightness" range:"[0,10]"`
	Contrast   float64 `yaml:"contrast" doc:"strength of the change of contrast" range:"[0,10]"`
	Saturation float64 `yaml:"saturation" doc:"strength of the change of saturation" range:"[0,10]"`
	Hue        float64 `yaml:"hue" doc:"largest change of the hue, as a share of the colour circle" range:"[0,0.5]"`
}

// Blur is a Gaussian blur.
type Blur struct {
	P        float64 `yaml:"p" doc:"probability of the blur" range:"[0,1]"`
	SigmaMin float64 `yaml:"sigma_min" doc:"smallest standard deviation, in pixels" range:"[0,100]"`
	SigmaMax float64 `yaml:"sigma_max" doc:"largest standard deviation, in pixels" range:"[0,100]"`
	Kernel   int     `yaml:"kernel" doc:"width of the kernel in pixels, odd; 0 takes what the standard deviation needs, four of them to either side. With pil the blur has no kernel, but is Pillow's three box blurs" range:"[0,255]"`
}

// Solarize inverts the channels that reach a threshold.
type Solarize struct {
	P         float64 `yaml:"p" doc:"probability of the solarisation" range:"[0,1]"`
	Threshold float64 `yaml:"threshold" doc:"value from which on a channel is inverted, on the scale 0 to 1" range:"[0,1]"`
}

// Validate reports every fault, each with the place where it is.
func (r *Recipe) Validate() error {
	if len(r.Views) == 0 {
		return errors.New("views: the recipe has none, expected at least one")
	}
	var faults []error
	for i := range r.Views {
		faults = append(faults, r.Views[i].faults(fmt.Sprintf("views[%d].", i))...)
	}
	return errors.Join(faults...)
}

// Sizes are the heights (and widths) of the views, repeated views included.
func (r *Recipe) Sizes() []int {
	var sizes []int
	for _, v := range r.Views {
		for range max(v.Repeat, 1) {
			sizes = append(sizes, v.Size)
		}
	}
	return sizes
}

func (v *View) faults(at string) (faults []error) {
	add := func(key, format string, args ...any) {
		faults = append(faults, fmt.Errorf("%s%s: %s", at, key, fmt.Sprintf(format, args...)))
	}
	within := func(key string, value, low, high float64) {
		if !(value >= low && value <= high) {
			add(key, "%v is out of range, expected %v to %v", value, low, high)
		}
	}
	share := func(key string, value float64) {
		if !(value > 0 && value <= 1) {
			add(key, "%v is out of range, expected more than 0 and at most 1", value)
		}
	}
	ordered := func(key string, low, high float64) {
		if low > high {
			add(key+"_min", "%v is more than %s_max, which is %v", low, key[strings.LastIndex(key, ".")+1:], high)
		}
	}
	oneof := func(key, value string, known ...string) {
		if !slices.Contains(known, value) {
			add(key, "unknown value %q, expected one of %s", value, strings.Join(known, ", "))
		}
	}
	within("repeat", float64(v.Repeat), 0, 64)
	within("size", float64(v.Size), 1, 1024)
	oneof("crop.mode", v.Crop.Mode, RandomCrop, CenterCrop)
	oneof("crop.interpolation", v.Crop.Interpolation, Bilinear, Bicubic, BilinearNoAntialias)
	if v.Crop.Mode == RandomCrop {
		share("crop.scale_min", v.Crop.ScaleMin)
		share("crop.scale_max", v.Crop.ScaleMax)
		within("crop.ratio_min", v.Crop.RatioMin, 0.01, 100)
		within("crop.ratio_max", v.Crop.RatioMax, 0.01, 100)
		ordered("crop.scale", v.Crop.ScaleMin, v.Crop.ScaleMax)
		ordered("crop.ratio", v.Crop.RatioMin, v.Crop.RatioMax)
	}
	if v.Crop.Mode == CenterCrop && v.Crop.Resize != 0 {
		within("crop.resize", float64(v.Crop.Resize), float64(v.Size), 2048)
	}
	within("flip_p", v.FlipP, 0, 1)
	within("jitter.p", v.Jitter.P, 0, 1)
	within("jitter.brightness", v.Jitter.Brightness, 0, 10)
	within("jitter.contrast", v.Jitter.Contrast, 0, 10)
	within("jitter.saturation", v.Jitter.Saturation, 0, 10)
	within("jitter.hue", v.Jitter.Hue, 0, 0.5)
	within("grayscale_p", v.GrayscaleP, 0, 1)
	within("blur.p", v.Blur.P, 0, 1)
	within("blur.sigma_min", v.Blur.SigmaMin, 0, 100)
	within("blur.sigma_max", v.Blur.SigmaMax, 0, 100)
	ordered("blur.sigma", v.Blur.SigmaMin, v.Blur.SigmaMax)
	within("blur.kernel", float64(v.Blur.Kernel), 0, 255)
	if v.Blur.Kernel > 0 && v.Blur.Kernel%2 == 0 {
		add("blur.kernel", "%d is even, expected an odd number of pixels, or 0", v.Blur.Kernel)
	}
	within("solarize.p", v.Solarize.P, 0, 1)
	within("solarize.threshold", v.Solarize.Threshold, 0, 1)
	return faults
}

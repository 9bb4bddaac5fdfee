package augment

import "github.com/kontrast-ml/kontrast/framework/config"

// Docs documents the keys of Recipe.
func (Recipe) Docs() config.Docs {
	return config.Docs{
		"views": {Doc: "how each view of a sample is made, in the order in which the method receives them"},
	}
}

// Docs documents the keys of View.
func (View) Docs() config.Docs {
	return config.Docs{
		"repeat": {Doc: "how many views are made this way, each with random numbers of its own"},
		"size":   {Doc: "height and width of the view in pixels"},
		"crop":   {Doc: "the part of the image, and its resizing"},
		"flip_p": {Doc: "probability of a horizontal flip"},
		"grayscale_first": {
			Doc:    "grayscale comes before the color jitter instead of after it",
			Source: "He et al. 2020 (MoCo v1), official code",
		},
		"jitter":      {Doc: "random change of the colors"},
		"grayscale_p": {Doc: "probability of grayscale"},
		"blur":        {Doc: "Gaussian blur"},
		"solarize":    {Doc: "inversion of what is bright"},
		"pil":         {Doc: "computes in the 8-bit arithmetic of Pillow, slower, instead of in float32"},
	}
}

// Docs documents the keys of Crop.
func (Crop) Docs() config.Docs {
	return config.Docs{
		"center": {
			Doc: "resize the whole image and cut out its center, as for evaluation, instead of a random resized crop",
		},
		"resize": {
			Doc: "center: length in pixels to which the image's shorter side is resized; 0 means the size of the view",
		},
		"scale_min": {
			Doc:    "smallest share of the image's area",
			Source: "Szegedy et al. 2015, §6: 0.08",
		},
		"scale_max": {Doc: "largest share of the image's area"},
		"ratio_min": {Doc: "smallest width/height"},
		"ratio_max": {Doc: "largest width/height"},
		"interpolation": {
			Doc: "filter of the resizing; all but bilinear-noantialias are stretched to avoid aliasing, as Pillow does",
		},
	}
}

// Docs documents the keys of Jitter.
func (Jitter) Docs() config.Docs {
	return config.Docs{
		"p": {
			Doc:    "probability of the color jitter",
			Source: "Chen et al. 2020, appendix A: 0.8",
		},
		"brightness": {Doc: "strength of the change of brightness"},
		"contrast":   {Doc: "strength of the change of contrast"},
		"saturation": {Doc: "strength of the change of saturation"},
		"hue":        {Doc: "largest change of the hue, as a share of the color circle"},
	}
}

// Docs documents the keys of Blur.
func (Blur) Docs() config.Docs {
	return config.Docs{
		"p": {
			Doc:    "probability of the blur",
			Source: "Chen et al. 2020, appendix A: 0.5",
		},
		"sigma_min": {Doc: "smallest standard deviation, in pixels"},
		"sigma_max": {Doc: "largest standard deviation, in pixels"},
		"kernel": {
			Doc: "width of the kernel in pixels, odd; 0 takes what the standard deviation needs, four of them to " +
				"either side. With pil the blur has no kernel, but is Pillow's three box blurs",
		},
	}
}

// Docs documents the keys of Solarize.
func (Solarize) Docs() config.Docs {
	return config.Docs{
		"p": {
			Doc:    "probability of the solarization",
			Source: "Grill et al. 2020, appendix B: 0.2 for the second view",
		},
		"threshold": {Doc: "value from which on a channel is inverted, on the scale 0 to 1"},
	}
}

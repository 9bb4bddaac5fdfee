package augment

import (
	"errors"
	"math"

	"github.com/kontrast-ml/kontrast/framework/config"
)

// named lists the recipes of Named. Each makes its views for images of that size.
var named = []struct {
	name, doc string
	make      func(size int) []View
}{
	{"simclr", "Chen et al. 2020, section 3 and appendix A, color strength 1", func(size int) []View {
		return twice(simclr(size, 1, oddKernel(size)))
	}},
	{"simclr-cifar", "Chen et al. 2020, appendix B.9: color strength 0.5, no blur", func(size int) []View {
		return twice(simclr(size, 0.5, 0))
	}},
	{"instdisc", "Wu et al. 2018, official code: grayscale before an always-on jitter", func(size int) []View {
		return []View{mocoV1(size)}
	}},
	{"instdisc-cifar", "Wu et al. 2018, official code for CIFAR-10: no flip, grayscale after the jitter",
		func(size int) []View {
			view := mocoV1(size)
			view.FlipP, view.GrayscaleFirst = 0, false
			return []View{view}
		}},
	{"mocov1", "He et al. 2020, official code: grayscale before an always-on jitter, no blur", func(size int) []View {
		return twice(mocoV1(size))
	}},
	{"mocov2", "Chen, Fan et al. 2020, official code; SimSiam uses the same", func(size int) []View {
		return twice(mocoV2(size))
	}},
	{"mocov2-cifar", "the MoCo authors' CIFAR-10 notebook: crops from 0.08 of the area, no blur", func(size int) []View {
		view := mocoV2(size)
		view.Crop.ScaleMin, view.Blur = 0.08, Blur{}
		return twice(view)
	}},
	{"supcon", "Khosla et al. 2020, official code: mocov2 without blur", func(size int) []View {
		view := mocoV2(size)
		view.Blur = Blur{}
		return twice(view)
	}},
	{"invaspread", "Ye et al. 2019, official code: an always-on jitter, grayscale, flip, no blur", func(size int) []View {
		view := mocoV1(size)
		view.GrayscaleFirst = false
		return twice(view)
	}},
	{"ressl", "Zheng et al. 2021, official code: a view as mocov2's, and a weak one, cropped and flipped",
		func(size int) []View {
			strong := mocoV2(size)
			return []View{strong, weak(size, strong.Crop)}
		}},
	{"ressl-cifar", "ressl with crops from 0.08 of the area and less saturation, solo-learn", func(size int) []View {
		strong := mocoV2(size)
		strong.Crop.ScaleMin, strong.Jitter.Saturation = 0.08, 0.2
		return []View{strong, weak(size, strong.Crop)}
	}},
	{"byol", "Grill et al. 2020, appendix B: two unlike views, blur 1.0 and 0.1, solarization of the second",
		func(size int) []View {
			return byol(size, 0.08)
		}},
	{"byol-cifar", "byol without blur", func(size int) []View {
		views := byol(size, 0.08)
		views[0].Blur, views[1].Blur = Blur{}, Blur{}
		return views
	}},
	{"mocov3", "Chen, Xie and He 2021, official code for ResNet-50: byol with crops from 0.2 of the area",
		func(size int) []View {
			return byol(size, 0.2)
		}},
	{"swav", "Caron et al. 2020, official code: two crops and six small ones, 96/224 as large", func(size int) []View {
		views := swav(size, localSize(size), 6, 1)
		views[0].Blur, views[1].Blur = gaussian(0.5), gaussian(0.5)
		return views
	}},
	{"swav-cifar", "swav with four small crops, half as large, chosen here; color strength 0.5 and no blur, lightly's " +
		"benchmark", func(size int) []View {
		return swav(size, halfSize(size), 4, 0.5)
	}},
	{"dino", "Caron et al. 2021, official code: two unlike crops and eight small ones, 96/224 as large, bicubic",
		func(size int) []View {
			return dino(size, localSize(size), 8)
		}},
	{"dino-cifar", "dino with four small crops, half as large, and without blur; chosen here", func(size int) []View {
		return unblurred(dino(size, halfSize(size), 4))
	}},
	{"msn", "Assran et al. 2022, official code: two crops and ten small ones, 96/224 as large, color strength 0.5",
		func(size int) []View {
			views := swav(size, localSize(size), 10, 0.5)
			views[0].Crop, views[1].Crop = randomCrop(0.3, 1), randomCrop(0.05, 0.3)
			views[0].Blur, views[1].Blur = gaussian(0.5), gaussian(0.5)
			return views
		}},
	{"msn-cifar", "msn with four small crops, half as large, and without blur; chosen here", func(size int) []View {
		views := swav(size, halfSize(size), 4, 0.5)
		views[0].Crop, views[1].Crop = randomCrop(0.3, 1), randomCrop(0.05, 0.3)
		return views
	}},
	{"simmim", "Xie et al. 2022, official code: a crop of at least 0.67 of the area, flip", func(size int) []View {
		return []View{{Repeat: 1, Size: size, Crop: randomCrop(0.67, 1), FlipP: 0.5}}
	}},
	{"mae", "He et al. 2022, official code: a crop of at least 0.2 of the area, bicubic, flip", func(size int) []View {
		return []View{bicubic(View{Repeat: 1, Size: size, Crop: randomCrop(0.2, 1), FlipP: 0.5})}
	}},
	{"ibot", "Zhou et al. 2022, official code: dino with crops of 0.25 and more, and ten small ones of 0.05 to 0.25",
		func(size int) []View {
			return cropped(dino(size, localSize(size), 10), 0.25)
		}},
	{"ibot-cifar", "ibot with four small crops, half as large, and without blur; chosen here", func(size int) []View {
		return unblurred(cropped(dino(size, halfSize(size), 4), 0.25))
	}},
	{"dinov2", "Oquab et al. 2024, official code: dino with crops of 0.32 and more, and eight small ones of 0.05 to 0.32",
		func(size int) []View {
			return cropped(dino(size, localSize(size), 8), 0.32)
		}},
	{"dinov2-cifar", "dinov2 with four small crops, half as large, and without blur; chosen here", func(size int) []View {
		return unblurred(cropped(dino(size, halfSize(size), 4), 0.32))
	}},
	{"data2vec", "Baevski et al. 2022, official code: an always-on jitter without hue, flip, a bicubic crop",
		func(size int) []View {
			jitter := Jitter{P: 1, Brightness: 0.4, Contrast: 0.4, Saturation: 0.4}
			return []View{bicubic(View{Repeat: 1, Size: size, Crop: randomCrop(0.08, 1), FlipP: 0.5, Jitter: jitter})}
		}},
	{"data2vec-cifar", "data2vec with crops of at least 0.2 of the area; chosen here", func(size int) []View {
		jitter := Jitter{P: 1, Brightness: 0.4, Contrast: 0.4, Saturation: 0.4}
		return []View{bicubic(View{Repeat: 1, Size: size, Crop: randomCrop(0.2, 1), FlipP: 0.5, Jitter: jitter})}
	}},
	{"ijepa", "Assran et al. 2023, official code: a crop of at least 0.3 of the area, and nothing else",
		func(size int) []View {
			return []View{{Repeat: 1, Size: size, Crop: randomCrop(0.3, 1)}}
		}},
	{"pirl", "Misra and van der Maaten 2020, as in PyContrast: mocov1 with the jitter before, and a larger crop for the " +
		"jigsaw", func(size int) []View {
		view := mocoV1(size)
		view.Crop.ScaleMin, view.GrayscaleFirst = 0.08, false
		whole := max(9, int(math.Round(float64(size)*255/224)))
		return []View{view, weak(whole, randomCrop(0.6, 1))}
	}},
	{"cmc", "Tian et al. 2020, official code for ResNets: a crop of at least 0.08 of the area, flip",
		func(size int) []View {
			return []View{weak(size, randomCrop(0.08, 1))}
		}},
	{"cpc", "a crop of at least 0.3 of the area, flip, jitter and grayscale; of the patches of Hénaff et al. 2020 none " +
		"is augmented apart", func(size int) []View {
		view := mocoV2(size)
		view.Crop, view.Blur = randomCrop(0.3, 1), Blur{}
		return []View{view}
	}},
	{"clip", "Radford et al. 2021, section 2.3: a random crop and nothing else; its scale as in open_clip",
		func(size int) []View {
			view := View{Repeat: 1, Size: size, Crop: randomCrop(0.9, 1)}
			view.Crop.Interpolation = Bicubic
			return []View{view}
		}},
	{"supervised", "random resized crop and flip (Szegedy et al. 2015)", func(size int) []View {
		return []View{{Repeat: 1, Size: size, Crop: randomCrop(0.08, 1), FlipP: 0.5}}
	}},
	{"none", "for evaluation: the shorter side resized to 8/7 of the size (for 64 pixels and less to the size), and the " +
		"center cut out", func(size int) []View {
		resize := size
		if size > 64 {
			resize = size * 8 / 7
		}
		view := View{Repeat: 1, Size: size, Crop: randomCrop(0.08, 1)}
		view.Crop.Center, view.Crop.Resize = true, resize
		return []View{view}
	}},
	{"none-clip", "for evaluation, Radford et al. 2021, official code: the shorter side resized to the size by Pillow, " +
		"bicubic, and the center cut out", func(size int) []View {
		view := bicubic(View{Repeat: 1, Size: size, Crop: randomCrop(0.08, 1), PIL: true})
		view.Crop.Center, view.Crop.Resize = true, size
		return []View{view}
	}},
}

// Names lists the recipes that Named knows.
func Names() []string {
	names := make([]string, len(named))
	for i, r := range named {
		names[i] = r.name
	}
	return names
}

// Doc says in a line what the recipe of that name is; "" if there is none.
func Doc(name string) string {
	for _, r := range named {
		if r.name == name {
			return r.doc
		}
	}
	return ""
}

// Named returns the recipe of that name for views of size pixels (multi-crop
// recipes have smaller ones besides). The error of an unknown name lists the known ones.
func Named(name string, size int) (Recipe, error) {
	for _, r := range named {
		if r.name == name {
			recipe := Recipe{Views: r.make(size)}
			return recipe, config.Check(&recipe)
		}
	}
	return Recipe{}, errors.New(config.Unknown("recipe", name, Names()))
}

func twice(v View) []View {
	v.Repeat = 2
	return []View{v}
}

func randomCrop(low, high float64) Crop {
	return Crop{ScaleMin: low, ScaleMax: high, RatioMin: 3.0 / 4, RatioMax: 4.0 / 3, Interpolation: Bilinear}
}

// gaussian is the blur of the official PyTorch implementations, sigma from 0.1 to 2 without a kernel width.
func gaussian(p float64) Blur { return Blur{P: p, SigmaMin: 0.1, SigmaMax: 2} }

// simclr's color distortion has strength s; a blur kernel of 0 pixels means no blur.
func simclr(size int, s float64, kernel int) View {
	v := View{
		Repeat: 1, Size: size, Crop: randomCrop(0.08, 1), FlipP: 0.5, GrayscaleP: 0.2,
		Jitter: Jitter{P: 0.8, Brightness: 0.8 * s, Contrast: 0.8 * s, Saturation: 0.8 * s, Hue: 0.2 * s},
	}
	if kernel > 0 {
		v.Blur = gaussian(0.5)
		v.Blur.Kernel = kernel
	}
	return v
}

func mocoV1(size int) View {
	return View{
		Repeat: 1, Size: size, Crop: randomCrop(0.2, 1), FlipP: 0.5, GrayscaleP: 0.2, GrayscaleFirst: true,
		Jitter: Jitter{P: 1, Brightness: 0.4, Contrast: 0.4, Saturation: 0.4, Hue: 0.4},
	}
}

func mocoV2(size int) View {
	return View{
		Repeat: 1, Size: size, Crop: randomCrop(0.2, 1), FlipP: 0.5, GrayscaleP: 0.2,
		Jitter: Jitter{P: 0.8, Brightness: 0.4, Contrast: 0.4, Saturation: 0.4, Hue: 0.1},
		Blur:   gaussian(0.5),
	}
}

// weak is a view that is cropped and flipped only.
func weak(size int, crop Crop) View { return View{Repeat: 1, Size: size, Crop: crop, FlipP: 0.5} }

func byol(size int, smallest float64) []View {
	first := mocoV2(size)
	first.Crop = randomCrop(smallest, 1)
	first.Jitter.Saturation = 0.2
	first.Blur = gaussian(1)
	second := first
	second.Blur = gaussian(0.1)
	second.Solarize = Solarize{P: 0.2, Threshold: 128.0 / 255}
	return []View{first, second}
}

// swav has two large crops and some small ones, of color strength s.
func swav(size, small, count int, s float64) []View {
	global, local := simclr(size, s, 0), simclr(small, s, 0)
	global.Crop = randomCrop(0.14, 1)
	local.Crop = randomCrop(0.05, 0.14)
	global.Repeat, local.Repeat = 2, count
	return []View{global, local}
}

// dino has two unlike large crops and some small ones.
func dino(size, small, count int) []View {
	views := byol(size, 0.4)
	local := views[0]
	local.Size, local.Repeat = small, count
	local.Crop = randomCrop(0.05, 0.4)
	local.Blur = gaussian(0.5)
	views = append(views, local)
	for i := range views {
		views[i].Crop.Interpolation = Bicubic
	}
	return views
}

// cropped parts the areas of dino's large and small crops at another share.
func cropped(views []View, at float64) []View {
	for i := range views {
		if views[i].Crop.ScaleMin < 0.1 {
			views[i].Crop.ScaleMax = at
		} else {
			views[i].Crop.ScaleMin = at
		}
	}
	return views
}

func unblurred(views []View) []View {
	for i := range views {
		views[i].Blur = Blur{}
	}
	return views
}

func bicubic(view View) View {
	view.Crop.Interpolation = Bicubic
	return view
}

// oddKernel is a tenth of the size, rounded to an odd number (Chen et al. 2020, appendix A).
func oddKernel(size int) int { return 2*(size/20) + 1 }

// localSize is the size of the small crops: 96 where the large ones have 224.
func localSize(size int) int { return max(int(math.Round(float64(size)*96/224)), 1) }

// halfSize is the size of the small crops of small images, which at 96/224 would hold too little.
func halfSize(size int) int { return max(size/2, 1) }

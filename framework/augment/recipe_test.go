package augment

import (
	"slices"
	"testing"

	"github.com/kontrast-ml/kontrast/framework/data"
)

func TestNamedRecipes(t *testing.T) {
	sizes := map[string][]int{
		"simclr":   {224, 224},
		"instdisc": {224},
		"byol":     {224, 224},
		"swav":     {224, 224, 96, 96, 96, 96, 96, 96},
		"dino":     {224, 224, 96, 96, 96, 96, 96, 96, 96, 96},
		"none":     {224},
	}
	for _, name := range Names() {
		recipe := mustNamed(t, name, 224)
		if want := sizes[name]; want != nil && !slices.Equal(recipe.Sizes(), want) {
			t.Errorf("%s: sizes %v, want %v", name, recipe.Sizes(), want)
		}
		if Doc(name) == "" {
			t.Errorf("%s has no documentation", name)
		}
	}
	if v := mustNamed(t, "simclr", 224).Views[0]; v.Blur.Kernel != 23 || v.Jitter.Hue != 0.2 {
		t.Errorf("simclr at 224: kernel %d, hue %v; want 23, 0.2", v.Blur.Kernel, v.Jitter.Hue)
	}
	if v := mustNamed(t, "simclr", 32).Views[0]; v.Blur.Kernel != 3 {
		t.Errorf("simclr at 32: kernel %d, want 3", v.Blur.Kernel)
	}
	if v := mustNamed(t, "none", 224).Views[0]; v.Crop.Resize != 256 {
		t.Errorf("none at 224 resizes to %d, want 256", v.Crop.Resize)
	}
}

func TestUnknownRecipe(t *testing.T) {
	_, err := Named("simcrl", 32)
	want := `unknown recipe of views "simcrl": known are simclr, simclr-cifar, instdisc, instdisc-cifar, mocov1, mocov2, mocov2-cifar, byol, byol-cifar, mocov3, swav, dino, supervised, none`
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
	if _, err := Named("simclr", 0); err == nil || err.Error() != "views[0].size: 0 is out of range, expected 1 to 1024" {
		t.Errorf("size 0: %v", err)
	}
}

func TestEveryFaultIsReported(t *testing.T) {
	recipe := mustNamed(t, "byol", 32)
	recipe.Views[0].Crop = Crop{Mode: "middle", Interpolation: "nearest"}
	recipe.Views[1].Crop.ScaleMin = 0
	recipe.Views[1].Crop.RatioMin = 2
	recipe.Views[1].FlipP = 1.5
	recipe.Views[1].Jitter.Hue = 0.6
	recipe.Views[1].Blur = Blur{P: -1, SigmaMin: 3, SigmaMax: 2, Kernel: 4}
	want := `views[0].crop.mode: unknown value "middle", expected one of random, center
views[0].crop.interpolation: unknown value "nearest", expected one of bilinear, bicubic, bilinear-noantialias
views[1].crop.scale_min: 0 is out of range, expected more than 0 and at most 1
views[1].crop.ratio_min: 2 is more than ratio_max, which is 1.3333333333333333
views[1].flip_p: 1.5 is out of range, expected 0 to 1
views[1].jitter.hue: 0.6 is out of range, expected 0 to 0.5
views[1].blur.p: -1 is out of range, expected 0 to 1
views[1].blur.sigma_min: 3 is more than sigma_max, which is 2
views[1].blur.kernel: 4 is even, expected an odd number of pixels, or 0`
	if _, err := Compile(recipe, data.ImageNet); err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
	if err := (&Recipe{}).Validate(); err == nil || err.Error() != "views: the recipe has none, expected at least one" {
		t.Errorf("empty recipe: %v", err)
	}
	centre := Recipe{Views: []View{{Size: 9, Crop: Crop{Mode: CenterCrop, Resize: 8, Interpolation: Bilinear}}}}
	if err := centre.Validate(); err == nil || err.Error() != "views[0].crop.resize: 8 is out of range, expected 9 to 2048" {
		t.Errorf("resize below the size: %v", err)
	}
}

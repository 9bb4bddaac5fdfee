package augment

import (
	"slices"
	"strings"
	"testing"

	"github.com/kontrast-ml/kontrast/framework/config"
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

		"swav-cifar": {224, 224, 112, 112, 112, 112},
		"dino-cifar": {224, 224, 112, 112, 112, 112},
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
	want := `unknown recipe "simcrl"; did you mean "simclr"? known recipes: ` + strings.Join(Names(), ", ")
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
	if _, err := Named("zzz", 32); err == nil ||
		!strings.HasPrefix(err.Error(), `unknown recipe "zzz"; known recipes: simclr, `) {
		t.Errorf("a name like no other: %v", err)
	}
	if _, err := Named("simclr", 0); err == nil || !strings.HasPrefix(err.Error(), "views.0.size: 0 is out of range "+
		"[1,1024]\n") {
		t.Errorf("size 0: %v", err)
	}
}

func TestEveryFaultIsReported(t *testing.T) {
	recipe := mustNamed(t, "byol", 32)
	recipe.Views[0].Crop.Interpolation = "nearest"
	recipe.Views[1].Crop.ScaleMin = 0
	recipe.Views[1].Crop.RatioMin = 2
	recipe.Views[1].FlipP = 1.5
	recipe.Views[1].Jitter.Hue = 0.6
	recipe.Views[1].Blur = Blur{P: -1, SigmaMin: 3, SigmaMax: 2, Kernel: 4}
	_, err := Compile(recipe, data.Normalization{Std: [3]float64{1, 0, 1}})
	if err == nil {
		t.Fatal("the recipe compiled")
	}
	for _, want := range []string{
		`views.0.crop.interpolation: unknown value "nearest"; known values: bilinear, bicubic, bilinear-noantialias`,
		`views.1.crop.scale_min: 0 is out of range (0,1]`,
		`views.1.crop.ratio_min: 2 is more than ratio_max, which is 1.3333333333333333`,
		`views.1.flip_p: 1.5 is out of range [0,1]`,
		`views.1.jitter.hue: 0.6 is out of range [0,0.5]`,
		`views.1.blur.p: -1 is out of range [0,1]`,
		`views.1.blur.sigma_min: 3 is more than sigma_max, which is 2`,
		`views.1.blur.kernel: 4 is even, expected an odd number of pixels, or 0`,
		`std.1: 0 is out of range [0.0001,1]`,
	} {
		if !strings.Contains("\n"+err.Error()+"\n", "\n"+want+"\n") {
			t.Errorf("no line %s in\n%v", want, err)
		}
	}
	for want, change := range map[string]func(*View){
		"views.0.crop.resize: 8 pixels are less than the view's size, 9": func(v *View) {
			v.Crop.Center, v.Crop.Resize = true, 8
		},
		"views.0.crop.interpolation: bilinear-noantialias is not Pillow's; with pil use bilinear or bicubic": func(v *View) {
			v.PIL, v.Crop.Interpolation = true, BilinearNoAntialias
		},
		"views.0.crop.scale_min: 0.5 is more than scale_max, which is 0.4": func(v *View) {
			v.Crop.ScaleMin, v.Crop.ScaleMax = 0.5, 0.4
		},
	} {
		views := make([]View, 1)
		views[0].SetDefaults()
		views[0].Size = 9
		change(&views[0])
		if _, err := Compile(Recipe{Views: views}, data.ImageNet); err == nil || strings.TrimSpace(err.Error()) != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if _, err := Compile(Recipe{}, data.ImageNet); err == nil || err.Error() != "views: the recipe has none, expected "+
		"at least one" {
		t.Errorf("no views: %v", err)
	}
}

func TestViewsOneByOne(t *testing.T) {
	doc, err := config.Parse(
		"views.yml", []byte("views:\n- {size: 24, crop: {scale_min: 0.3}}\n- {size: 12, repeat: 2, flip_p: 0.5}\n"),
	)
	if err != nil {
		t.Fatal(err)
	}
	var recipe Recipe
	if err := config.Decode(doc.Root(), &recipe); err != nil {
		t.Fatal(err)
	}
	crop := recipe.Views[0].Crop
	if !slices.Equal(recipe.Sizes(), []int{24, 12, 12}) || crop.ScaleMin != 0.3 || crop.ScaleMax != 1 ||
		crop.Interpolation != Bilinear {
		t.Errorf("sizes %v, crop %+v", recipe.Sizes(), crop)
	}
}

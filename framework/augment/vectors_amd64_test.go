package augment

import (
	"fmt"
	"slices"
	"testing"

	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/framework/random"
)

// TestViewsAreTheSameWithVectors makes the views of all recipes with and without vectors, of images and views whose
// widths are no multiples of anything.
func TestViewsAreTheSameWithVectors(t *testing.T) {
	if !vectors {
		t.Skip("this processor has no AVX2: there are only the loops in Go")
	}
	defer func() { vectors = true }()
	bicubic := View{Repeat: 1, Crop: randomCrop(0.2, 1), FlipP: 0.5, Blur: Blur{P: 0.5, SigmaMin: 0.1, SigmaMax: 3}}
	bicubic.Crop.Interpolation = Bicubic
	bicubic.Solarize = Solarize{P: 0.5, Threshold: 0.5}
	rough := View{Repeat: 1, Crop: randomCrop(0.2, 1), GrayscaleP: 0.5}
	rough.Crop.Interpolation = BilinearNoAntialias
	for _, size := range []int{1, 5, 16, 33} {
		recipes := map[string]Recipe{}
		for _, name := range []string{"simclr", "simclr-cifar", "dino", "byol", "none"} {
			recipes[name] = mustNamed(t, name, max(size, 8))
		}
		bicubic.Size, rough.Size = size, size
		recipes["bicubic"], recipes["rough"] = Recipe{Views: []View{bicubic}}, Recipe{Views: []View{rough}}
		for name, recipe := range recipes {
			p, err := Compile(recipe, data.ImageNet)
			if err != nil {
				t.Fatal(err)
			}
			for trial := range 12 {
				source := photo(1+trial*7, 40-trial*3)
				for v, side := range p.Sizes() {
					var views [2][]float32
					for i := range views {
						vectors = i == 0
						views[i] = make([]float32, 3*side*side)
						stream := random.New(uint64(trial), uint64(v))
						if err := p.Apply(views[i], source, v, stream, &Scratch{}); err != nil {
							t.Fatal(err)
						}
					}
					if !slices.Equal(views[0], views[1]) {
						t.Fatalf("%s of %d pixels, trial %d, view %d: %s", name, side, trial, v, firstDifference(views))
					}
				}
			}
		}
	}
}

func firstDifference(views [2][]float32) string {
	for i := range views[0] {
		if a, b := views[0][i], views[1][i]; a != b {
			return fmt.Sprintf("value %d is %v with vectors and %v without", i, a, b)
		}
	}
	return "no difference"
}

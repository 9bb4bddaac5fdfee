package experiment

import (
	"math"
	"testing"

	"github.com/kontrast-ml/kontrast/framework/augment"
	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/framework/random"
)

// Channels are normalized by what the configuration gives, and else by what the training images have.
func TestNormalizationIsGivenOrMeasured(t *testing.T) {
	open := func(text string) (data.Normalization, []float32) {
		t.Helper()
		im, err := openImages(t.Context(), resolve(t, tiny+"method: toy\n"+text), data.Env{})
		if err != nil {
			t.Fatal(err)
		}
		var image data.Image
		if err := im.training.Image(0, &image); err != nil {
			t.Fatal(err)
		}
		view := make([]float32, im.size*im.size*3)
		if err := im.plain.Apply(view, &image, 0, random.New(1), &augment.Scratch{}); err != nil {
			t.Fatal(err)
		}
		return im.normalization, view
	}
	given, ofGiven := open("views: {normalization: {mean: [0.1, 0.2, 0.3], std: [0.4, 0.5, 0.6]}}")
	if want := (data.Normalization{Mean: [3]float64{0.1, 0.2, 0.3}, Std: [3]float64{0.4, 0.5, 0.6}}); given != want {
		t.Errorf("normalization %v, want the given %v", given, want)
	}
	measured, ofMeasured := open("")
	for i := range ofGiven {
		c := i % 3
		a := float64(ofGiven[i])*given.Std[c] + given.Mean[c]
		b := float64(ofMeasured[i])*measured.Std[c] + measured.Mean[c]
		if math.Abs(a-b) > 1e-5 {
			t.Fatalf("value %d is of the brightness %g when normalized as given, %g as measured", i, a, b)
		}
	}
}

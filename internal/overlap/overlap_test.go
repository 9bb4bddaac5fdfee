package overlap

import (
	"testing"

	"github.com/kontrast-ml/kontrast/framework/data"
)

func shapes(t *testing.T, split data.Split) data.Dataset {
	t.Helper()
	return data.NewShapes(data.ShapesParams{Train: 60, Test: 30, Size: 64, Rotation: 180, Noise: 0.03, Seed: 1}, split)
}

// changed is a data set whose images are changed.
type changed struct {
	data.Dataset
	change func(*data.Image)
}

func (c changed) Image(i int, image *data.Image) error {
	err := c.Dataset.Image(i, image)
	c.change(image)
	return err
}

func prints(t *testing.T, set data.Dataset) []Print {
	t.Helper()
	all, err := Prints(t.Context(), set)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestTheSameImagesAreFound(t *testing.T) {
	training := prints(t, shapes(t, data.Train))
	for i, pair := range Find(training, training, DefaultLimits()) {
		if pair.Kind != Identical || pair.Test != i || pair.Training != i {
			t.Errorf("image %d has %+v, want itself", i, pair)
		}
	}
	if others := Find(training, prints(t, shapes(t, data.Test)), DefaultLimits()); len(others) > 0 {
		t.Errorf("other images have duplicates: %+v", others)
	}
}

func TestChangedImagesAreFoundByTheirHash(t *testing.T) {
	training := prints(t, shapes(t, data.Train))
	for name, change := range map[string]func(*data.Image){
		"brighter": func(image *data.Image) {
			for i, v := range image.Pix {
				image.Pix[i] = uint8(min(int(v)+8, 255))
			}
		},
		"half as large": func(image *data.Image) {
			half := data.Image{}
			half.Reset(image.Width/2, image.Height/2)
			for y := range half.Height {
				for x := range half.Width {
					for c := range 3 {
						at := func(row, column int) int { return int(image.Pix[3*((2*y+row)*image.Width+2*x+column)+c]) }
						half.Pix[3*(y*half.Width+x)+c] = uint8((at(0, 0) + at(0, 1) + at(1, 0) + at(1, 1)) / 4)
					}
				}
			}
			*image = half
		},
		"coarser": func(image *data.Image) {
			for i, v := range image.Pix {
				image.Pix[i] = v &^ 15
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			found := Find(training, prints(t, changed{shapes(t, data.Train), change}), DefaultLimits())
			if len(found) < 57 {
				t.Errorf("%d of 60 changed images are found", len(found))
			}
			for _, pair := range found {
				if pair.Kind != ByHash || pair.Test != pair.Training {
					t.Errorf("image %d is found as %+v", pair.Test, pair)
				}
			}
		})
	}
}

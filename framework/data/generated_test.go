package data

import (
	"bytes"
	"math"
	"testing"

	"github.com/kontrast-ml/kontrast/framework/random"
)

// Generated images are the same whenever they are made, differ from each other, and have all classes in turn.
func TestGeneratedImages(t *testing.T) {
	for _, f := range Builtin() {
		params, is := f.Defaults().(*Generated)
		if !is {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			params.Train, params.Test = 30, 20
			var splits []Dataset
			for _, split := range []Split{Train, Test, Train} {
				set, err := f.Open(t.Context(), params, split, Env{})
				if err != nil {
					t.Fatal(err)
				}
				splits = append(splits, set)
			}
			if splits[0].Len() != 30 || splits[1].Len() != 20 {
				t.Fatalf("%d and %d images", splits[0].Len(), splits[1].Len())
			}
			var first, again, other Image
			for i := range 20 {
				for set, image := range map[Dataset]*Image{splits[0]: &first, splits[1]: &other, splits[2]: &again} {
					if err := set.Image(i, image); err != nil {
						t.Fatal(err)
					}
				}
				if !bytes.Equal(first.Pix, again.Pix) {
					t.Errorf("image %d is another the second time", i)
				}
				if bytes.Equal(first.Pix, other.Pix) {
					t.Errorf("image %d of both splits is the same", i)
				}
				if want := i % len(splits[0].Classes()); splits[0].Label(i) != want {
					t.Errorf("image %d has the label %d, want %d", i, splits[0].Label(i), want)
				}
			}
		})
	}
}

func TestCountedShapesDoNotTouch(t *testing.T) {
	for seed := range uint64(200) {
		for count := 1; count <= len(countNames); count += 3 {
			shapes := scattered(count, random.New(seed))
			if len(shapes) != count {
				t.Fatalf("%d shapes, want %d", len(shapes), count)
			}
			for i, a := range shapes {
				if a.X < a.Radius || a.X > 1-a.Radius || a.Y < a.Radius || a.Y > 1-a.Radius {
					t.Errorf("a shape reaches over the border: %+v", a)
				}
				if a.Color == a.Background || a.Background != shapes[0].Background {
					t.Errorf("a shape can't be seen: %+v", a)
				}
				for _, b := range shapes[:i] {
					if math.Hypot(a.X-b.X, a.Y-b.Y) <= a.Radius+b.Radius {
						t.Errorf("%+v touches %+v", a, b)
					}
				}
			}
		}
	}
}

// A digit covers a part of the image, and each digit another one.
func TestDigitsAreDrawn(t *testing.T) {
	seen := map[string]int{}
	for d := range 10 {
		p := newPainter(28)
		p.stream.Reset(1)
		p.glyph(digitFonts()[0][d])
		mask := p.layer(0).coverage
		p.draw(mask)
		sum := 0
		for _, v := range mask.Pix {
			sum += int(v)
		}
		if share := float64(sum) / 255 / 28 / 28; share < 0.04 || share > 0.5 {
			t.Errorf("digit %d covers %.3f of the image", d, share)
		}
		if other, same := seen[string(mask.Pix)]; same {
			t.Errorf("digit %d is drawn as %d", d, other)
		}
		seen[string(mask.Pix)] = d
	}
}

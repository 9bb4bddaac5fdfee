package data

import (
	"bytes"
	"context"
	"strings"
	"sync"
	"testing"
)

func defaultShapes() ShapesParams { return *shapesFactory().Defaults().(*ShapesParams) }

func openShapes(t testing.TB, p ShapesParams, split Split) Dataset {
	t.Helper()
	dataset, err := shapesFactory().Open(context.Background(), &p, split, Env{})
	if err != nil {
		t.Fatal(err)
	}
	return dataset
}

func pixels(t testing.TB, dataset Dataset, i int) []byte {
	t.Helper()
	var m Image
	if err := dataset.Image(i, &m); err != nil {
		t.Fatal(err)
	}
	return m.Pix
}

func TestShapesDependOnSeedSplitAndIndexOnly(t *testing.T) {
	p := defaultShapes()
	train := openShapes(t, p, Train)
	want := pixels(t, train, 7)
	if !bytes.Equal(want, pixels(t, train, 7)) {
		t.Error("the cached image differs from the first")
	}
	more := p
	more.Train, more.Cache = 2*p.Train, 0
	if !bytes.Equal(want, pixels(t, openShapes(t, more, Train), 7)) {
		t.Error("the number of images or the cache changes an image")
	}
	reseeded := p
	reseeded.Seed++
	for what, other := range map[string][]byte{
		"seed":  pixels(t, openShapes(t, reseeded, Train), 7),
		"split": pixels(t, openShapes(t, p, Test), 7),
		"index": pixels(t, train, 17),
	} {
		if bytes.Equal(want, other) {
			t.Errorf("another %s gives the same image", what)
		}
	}
}

func TestShapesAreTheSameFromManyGoroutines(t *testing.T) {
	p := defaultShapes()
	p.Cache = 40 * 3 * 32 * 32 // holds some of them only
	dataset := openShapes(t, p, Train)
	alone := NewShapes(p, Train)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			var got, want Image
			for i := range 100 {
				_ = dataset.Image(i, &got)
				_ = alone.Image(i, &want)
				if !bytes.Equal(got.Pix, want.Pix) {
					t.Errorf("image %d differs", i)
				}
			}
		})
	}
	wg.Wait()
}

func TestShapesFactors(t *testing.T) {
	p := defaultShapes()
	p.Colors, p.Textures = 0, 0
	s := NewShapes(p, Train)
	if n := s.Len(); n != 5000 {
		t.Fatalf("%d training images, want 5000", n)
	}
	counts := map[string]int{}
	for i := range s.Len() {
		f := s.Drawn(i)
		if f.Shape != s.Label(i) {
			t.Fatalf("image %d: label %d, shape %d", i, s.Label(i), f.Shape)
		}
		if f.Color == f.Background {
			t.Fatalf("image %d: the shape has the color of the background", i)
		}
		if f.X < f.Radius || f.X > 1-f.Radius || f.Y < f.Radius || f.Y > 1-f.Radius {
			t.Fatalf("image %d: the shape leaves the image: %+v", i, f)
		}
		for _, word := range strings.Fields(s.Caption(i)) {
			counts[word]++
		}
	}
	for _, names := range [][]string{ShapeNames, ColorNames, TextureNames, SizeNames} {
		for _, name := range names {
			if share := float64(counts[name]) / 5000; share < 0.08 {
				t.Errorf("%q is in %.1f %% of the captions", name, 100*share)
			}
		}
	}
	want := ShapeFactors{Shape: 4, Color: 0, Background: 3, Texture: 1}
	if got := want.Caption(); got != "a small red striped star on a green background" {
		t.Errorf("caption %q", got)
	}
}

func TestShapesCoverWhatTheyShould(t *testing.T) {
	p := newPainter(64)
	for shape, name := range ShapeNames {
		f := ShapeFactors{Shape: shape, Radius: 0.4, X: 0.5, Y: 0.5, Rotation: 0.3}
		mask := p.layer(0).coverage
		p.cover(f, mask)
		covered, partly := 0.0, 0
		for _, v := range mask.Pix {
			covered += float64(v) / 255
			if v > 0 && v < 255 {
				partly++
			}
		}
		if share := covered / (64 * 64); share < 0.12 || share > 0.45 {
			t.Errorf("%s covers %.2f of the image", name, share)
		}
		if partly < 40 {
			t.Errorf("%s has only %d antialiased pixels", name, partly)
		}
		center := mask.AlphaAt(32, 32).A
		if hollow := name == "ring"; hollow != (center == 0) && name != "crescent" {
			t.Errorf("%s has coverage %d at its center", name, center)
		}
	}
}

func TestShapesSelection(t *testing.T) {
	p := defaultShapes()
	p.Limit, p.TestLimit = 250, 30
	for split, want := range map[Split]int{Train: 250, Test: 30} {
		dataset := openShapes(t, p, split)
		counts := map[int]int{}
		for i := range dataset.Len() {
			counts[dataset.Label(i)]++
		}
		if dataset.Len() != want || counts[0] != want/10 || counts[9] != want/10 {
			t.Errorf("%s: %d samples, %v of each class", split, dataset.Len(), counts)
		}
	}
}

func TestShapesBadParams(t *testing.T) {
	p := defaultShapes()
	p.Size, p.Noise, p.Fraction = 4, 2, -1
	_, err := shapesFactory().Open(context.Background(), &p, Train, Env{})
	if err == nil {
		t.Fatal("the dataset opened")
	}
	for _, want := range []string{"size: 4 is out of range [8,512]", "noise: 2 is out of range [0,1]",
		"fraction: -1 is out of range [0,1]"} {
		if !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "dataset shapes: ") {
			t.Errorf("no %q in %v", want, err)
		}
	}
	one := defaultShapes()
	one.Colors = 1
	if _, err := shapesFactory().Open(context.Background(), &one, Train, Env{}); err == nil ||
		!strings.HasPrefix(err.Error(), "dataset shapes: colors: a shape of the only color cannot be seen") {
		t.Errorf("one color: %v", err)
	}
	if _, err := shapesFactory().Open(context.Background(), 3, Train, Env{}); err == nil ||
		err.Error() != "dataset shapes: parameters are of type int, want a *data.ShapesParams as Defaults returns" {
		t.Errorf("wrong type of params: %v", err)
	}
	p = defaultShapes()
	if _, err := shapesFactory().Open(context.Background(), &p, "valid", Env{}); err == nil ||
		err.Error() != `dataset shapes: unknown split "valid": expected "train" or "test"` {
		t.Errorf("wrong split: %v", err)
	}
}

func BenchmarkShapes(b *testing.B) {
	s := NewShapes(defaultShapes(), Train)
	var m Image
	for i := 0; b.Loop(); i++ {
		_ = s.Image(i, &m)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "images/s")
}

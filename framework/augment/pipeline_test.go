package augment

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/framework/random"
)

var identity = data.Normalization{Std: [3]float64{1, 1, 1}}

func compile(t testing.TB, recipe Recipe) *Pipeline {
	t.Helper()
	p, err := Compile(recipe, identity)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func view(t testing.TB, p *Pipeline, src *data.Image, number int, seed uint64) []float32 {
	t.Helper()
	size := p.Sizes()[number]
	out := make([]float32, 3*size*size)
	if err := p.Apply(out, src, number, random.New(seed), &Scratch{}); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestViewsStayInRangeAndDependOnTheStreamOnly(t *testing.T) {
	scratch := &Scratch{} // shared: what it held before must not matter
	rapid.Check(t, func(rt *rapid.T) {
		name := rapid.SampledFrom(Names()).Draw(rt, "recipe")
		size := rapid.IntRange(1, 40).Draw(rt, "size")
		src := photo(rapid.IntRange(1, 50).Draw(rt, "width"), rapid.IntRange(1, 50).Draw(rt, "height"))
		seed := rapid.Uint64().Draw(rt, "seed")
		recipe := mustNamed(t, name, size)
		if rapid.Bool().Draw(rt, "extreme") {
			for i := range recipe.Views {
				recipe.Views[i].Jitter = Jitter{P: 1, Brightness: 10, Contrast: 10, Saturation: 10, Hue: 0.5}
				recipe.Views[i].Blur = Blur{P: 1, SigmaMax: 3, Kernel: rapid.SampledFrom([]int{0, 1, 3, 21}).Draw(rt, "kernel")}
				recipe.Views[i].Solarize = Solarize{P: 1, Threshold: 0.5}
			}
		}
		pil := rapid.Bool().Draw(rt, "pil")
		for i := range recipe.Views {
			recipe.Views[i].PIL = pil
		}
		p := compile(t, recipe)
		for v := range p.Views() {
			want := view(t, p, src, v, seed)
			got := make([]float32, len(want))
			if err := p.Apply(got, src, v, random.New(seed), scratch); err != nil {
				rt.Fatal(err)
			}
			if !slices.Equal(got, want) {
				rt.Fatalf("view %d differs the second time", v)
			}
			for i, x := range got {
				if !(x >= -1e-5 && x <= 1+1e-5) {
					rt.Fatalf("view %d has %v at %d", v, x, i)
				}
			}
		}
	})
}

func TestUniformImagesStayUniform(t *testing.T) {
	src := &data.Image{}
	src.Reset(9, 7)
	for i := range src.Pix {
		src.Pix[i] = []uint8{200, 100, 50}[i%3]
	}
	for _, name := range Names() {
		p := compile(t, mustNamed(t, name, 12))
		for v := range p.Views() {
			for seed := range uint64(10) {
				x := view(t, p, src, v, seed)
				for i := range x {
					if math.Abs(float64(x[i]-x[i%3])) > 1e-5 {
						t.Fatalf("%s: view %d of a uniform image has %v beside %v", name, v, x[i], x[i%3])
					}
				}
			}
		}
	}
}

func TestNoneIsTheImageItself(t *testing.T) {
	src := photo(32, 32)
	p, err := Compile(mustNamed(t, "none", 32), data.ImageNet)
	if err != nil {
		t.Fatal(err)
	}
	for i, x := range view(t, p, src, 0, 1) {
		want := (float64(src.Pix[i])/255 - data.ImageNet.Mean[i%3]) / data.ImageNet.Std[i%3]
		if math.Abs(float64(x)-want) > 1e-6 {
			t.Fatalf("value %d is %v, want %v", i, x, want)
		}
	}
}

func TestCenterCropCutsTheMiddle(t *testing.T) {
	src := photo(20, 10)
	recipe := mustNamed(t, "none", 6)
	recipe.Views[0].Crop.Resize = 10
	x := view(t, compile(t, recipe), src, 0, 1)
	for row := range 6 {
		for i := range 18 {
			want := float32(src.Pix[3*(20*(row+2)+7)+i]) / 255
			if got := x[18*row+i]; math.Abs(float64(got-want)) > 1e-6 {
				t.Fatalf("row %d value %d is %v, want %v", row, i, got, want)
			}
		}
	}
}

func TestFlipIsTheMirrorImage(t *testing.T) {
	recipe := mustNamed(t, "supervised", 8)
	recipe.Views[0].FlipP = 0
	plain := view(t, compile(t, recipe), photo(30, 20), 0, 3)
	recipe.Views[0].FlipP = 1
	flipped := view(t, compile(t, recipe), photo(30, 20), 0, 3)
	for y := range 8 {
		for x := range 8 {
			a, b := plain[3*(8*y+x):][:3], flipped[3*(8*y+7-x):][:3]
			if !slices.Equal(a, b) {
				t.Fatalf("at %d, %d: %v and %v", x, y, a, b)
			}
		}
	}
}

func TestGrayscaleFirstLeavesNoColorToTurn(t *testing.T) {
	recipe := mustNamed(t, "mocov1", 8)
	recipe.Views[0].GrayscaleP = 1
	x := view(t, compile(t, recipe), photo(9, 9), 0, 1)
	for i := 0; i < len(x); i += 3 {
		if d := max(x[i], x[i+1], x[i+2]) - min(x[i], x[i+1], x[i+2]); d > 1e-5 {
			t.Fatalf("pixel %d is %v", i/3, x[i:i+3])
		}
	}
}

func TestPILIsNearTheTensors(t *testing.T) {
	for _, name := range []string{"simclr", "dino", "none"} {
		recipe := mustNamed(t, name, 32)
		floats := compile(t, recipe)
		for i := range recipe.Views {
			recipe.Views[i].PIL = true
		}
		bytes := compile(t, recipe)
		sum, n := 0.0, 0
		for v := range floats.Views() {
			for seed := range uint64(20) {
				a, b := view(t, floats, photo(60, 50), v, seed), view(t, bytes, photo(60, 50), v, seed)
				for i := range a {
					sum += math.Abs(float64(a[i] - b[i]))
				}
				n += len(a)
			}
		}
		if mean := sum / float64(n); mean > 0.01 || mean == 0 {
			t.Errorf("%s: the two differ by %v on average", name, mean)
		}
	}
}

func TestApplyDoesNotAllocateOnceWarm(t *testing.T) {
	for _, name := range []string{"simclr", "swav", "dino", "none", "pil"} {
		recipe := mustNamed(t, cmp.Or(map[string]string{"pil": "byol"}[name], name), 32)
		for i := range recipe.Views {
			recipe.Views[i].PIL = name == "pil"
		}
		p := compile(t, recipe)
		src := photo(40, 37)
		dst := make([][]float32, p.Views())
		for v, size := range p.Sizes() {
			dst[v] = make([]float32, 3*size*size)
		}
		var (
			stream  random.Stream
			scratch Scratch
			seed    uint64
		)
		apply := func() {
			for v := range dst {
				stream.Reset(seed, uint64(v))
				_ = p.Apply(dst[v], src, v, &stream, &scratch)
			}
			seed++
		}
		for range 200 {
			apply()
		}
		if n := testing.AllocsPerRun(100, apply); n != 0 {
			t.Errorf("%s allocates %v times a sample", name, n)
		}
	}
}

func TestApplyErrors(t *testing.T) {
	p := compile(t, mustNamed(t, "none", 4))
	for want, check := range map[string]struct {
		src  *data.Image
		room int
	}{
		"view 0: image of 0×0 pixels with 0 values, expected at least one pixel and 3 values a pixel": {&data.Image{}, 48},
		"view 0: image of 5×5 pixels with 25 values, expected at least one pixel and 3 values a " +
			"pixel": {&data.Image{Width: 5, Height: 5, Pix: make([]uint8, 25)}, 48},
		"view 0: room for 47 values, expected 3×4×4": {photo(5, 5), 47},
	} {
		if err := p.Apply(make([]float32, check.room), check.src, 0, random.New(1), &Scratch{}); err == nil ||
			err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	for _, view := range []int{-1, 1} {
		err := p.Apply(make([]float32, 48), photo(5, 5), view, random.New(1), &Scratch{})
		if want := fmt.Sprintf("view %d of a recipe that makes 1, counted from 0", view); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

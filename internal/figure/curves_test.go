package figure

import (
	"bytes"
	"image/png"
	"math"
	"strings"
	"testing"

	"github.com/kontrast-ml/kontrast/internal/store"
	"gonum.org/v1/plot/plotter"
)

func losses() []store.Curve {
	return []store.Curve{
		{
			Method: "simclr", Backbone: "resnet20", Metric: "loss", Steps: []int64{1, 2, 3}, Values: []float64{4, 2, math.NaN()},
		},
		{Method: "simclr", Backbone: "resnet20", Metric: "loss", Steps: []int64{1, 2}, Values: []float64{6, 3}},
		{Method: "mocov2", Backbone: "resnet20", Metric: "loss", Steps: []int64{1, 2}, Values: []float64{5, -1}},
	}
}

func TestBandsAreMeansOverRuns(t *testing.T) {
	bands := bandsOf(losses(), false)
	if len(bands) != 2 || bands[1].label != "simclr" || bands[1].runs != 2 {
		t.Fatalf("bands %+v", bands)
	}
	mean := bands[1].mean
	if len(mean) != 2 || mean[0] != (plotter.XY{X: 1, Y: 5}) || mean[1] != (plotter.XY{X: 2, Y: 2.5}) {
		t.Errorf("mean %v, want 5 and 2.5 and the NaN left out", mean)
	}
	if low, high := bands[1].low[0].Y, bands[1].high[0].Y; low != 4 || high != 6 {
		t.Errorf("band from %v to %v, want 4 to 6", low, high)
	}
	if positive := bandsOf(losses(), true)[0].mean; len(positive) != 1 {
		t.Errorf("on a logarithmic axis -1 was kept: %v", positive)
	}
}

func TestCurvesInEveryFormat(t *testing.T) {
	for _, format := range Formats {
		for _, logarithmic := range []bool{false, true} {
			var b bytes.Buffer
			figure, err := Curves(losses(), Options{Title: "loss", LogY: logarithmic})
			if err == nil {
				err = figure.Write(&b, format)
			}
			if err != nil {
				t.Fatalf("%s: %v", format, err)
			}
			switch format {
			case "png":
				image, err := png.Decode(&b)
				if err != nil {
					t.Fatal(err)
				}
				if size := image.Bounds().Size(); size.X < 400 || size.X <= size.Y {
					t.Errorf("the figure has %v pixels", size)
				}
			case "svg":
				if !strings.Contains(b.String(), "simclr (2)") {
					t.Error("the legend lacks the method")
				}
			}
		}
	}
}

func TestCurvesRefuse(t *testing.T) {
	for want, draw := range map[string]func() error{
		`unknown figure format "gif"; known formats: svg, png, pdf`: func() error {
			return drawn("gif", losses(), Options{})
		},
		"a figure of -4 × 0 cm":   func() error { return drawn("png", losses(), Options{Width: -4}) },
		"a figure of 0 × +Inf cm": func() error { return drawn("png", losses(), Options{Height: math.Inf(1)}) },
		"the curve of run a has 2 steps and 1 values": func() error {
			return drawn("svg", []store.Curve{{Name: "a", Steps: []int64{1, 2}, Values: []float64{1}}}, Options{})
		},
		"no values to draw": func() error { return drawn("png", nil, Options{}) },
	} {
		if err := draw(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	constant := []store.Curve{{Steps: []int64{1, 2, 3, 4}, Values: []float64{1, 1, 1e308, 1}}}
	for _, logarithmic := range []bool{false, true} { // each of these panicked or did not end
		if err := drawn("svg", constant, Options{LogY: logarithmic}); err != nil {
			t.Errorf("a constant, logarithmic %v: %v", logarithmic, err)
		}
	}
}

func drawn(format string, curves []store.Curve, o Options) error {
	figure, err := Curves(curves, o)
	if err != nil {
		return err
	}
	return figure.Write(&bytes.Buffer{}, format)
}

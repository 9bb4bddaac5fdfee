package data

import (
	"context"
	"errors"
	"math"
	"testing"
)

// flat is a dataset of one-pixel images; negative ones are broken.
type flat []int

func (f flat) Len() int           { return len(f) }
func (f flat) Classes() []string  { return nil }
func (f flat) Label(int) int      { return -1 }
func (f flat) Caption(int) string { return "" }
func (f flat) Image(i int, dst *Image) error {
	if f[i] < 0 {
		return &SampleError{Index: i, Path: "x.png", Strict: f[i] < -1, Err: errors.New("torn")}
	}
	dst.Reset(1, 1)
	copy(dst.Pix, []uint8{uint8(f[i]), uint8(f[i] / 2), 51})
	return nil
}

func TestMeasure(t *testing.T) {
	got, err := Measure(context.Background(), flat{100, -1, 200, 0}, 0)
	if err != nil {
		t.Fatal(err)
	}
	want := Normalization{
		Mean: [3]float64{100. / 255, 50. / 255, 51. / 255},
		Std:  [3]float64{math.Sqrt(20000./3) / 255, math.Sqrt(5000./3) / 255, 1. / 255},
	}
	for c := range 3 {
		if math.Abs(got.Mean[c]-want.Mean[c]) > 1e-12 || math.Abs(got.Std[c]-want.Std[c]) > 1e-12 {
			t.Errorf("channel %d: got %v, want %v", c, got, want)
		}
	}
	some, err := Measure(context.Background(), flat{8, 0, 8, 0}, 2)
	if err != nil || some.Mean[0] != 8./255 {
		t.Errorf("of every other sample: mean %v, %v", some.Mean, err)
	}
}

func TestMeasureErrors(t *testing.T) {
	for want, set := range map[string]flat{
		"normalization: no sample could be read\nsample 0: x.png: torn": {-1},
		"normalization: sample 1: x.png: torn":                          {3, -2},
	} {
		if _, err := Measure(context.Background(), set, 0); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Measure(ctx, flat{1}, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
}

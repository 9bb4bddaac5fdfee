package augment

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/kontrast-ml/kontrast/framework/random"
	"github.com/kontrast-ml/kontrast/internal/golden"
)

// moments is how the reference describes a sample of draws.
type moments struct {
	Mean, Std float64
	Error     float64 `json:"mean_std_error"`
	Quantiles []float64
}

func TestCropsAreDistributedAsTorchvisions(t *testing.T) {
	const draws = 100000
	levels := []float64{0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99}
	file := golden.Load(t, "aug_random_resized_crop_stats")
	for i := range file.Cases {
		c := &file.Cases[i]
		if strings.HasPrefix(c.Name, "fallback") {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			width, height := golden.Decode[int](t, c.Params, "width"), golden.Decode[int](t, c.Params, "height")
			crop := cropOf(t, c)
			samples := map[string][]float64{}
			for _, key := range []string{"area", "ratio", "log_ratio", "top", "left"} {
				samples[key] = make([]float64, draws)
			}
			area, ratio, log, top, left := samples["area"], samples["ratio"], samples["log_ratio"],
				samples["top"], samples["left"]
			stream, whole := random.New(11), 0
			for i := range draws {
				b := crop.draw(width, height, stream)
				if b == (box{width: width, height: height}) {
					whole++
				}
				area[i] = float64(b.width*b.height) / float64(width*height)
				ratio[i] = float64(b.width) / float64(b.height)
				log[i] = math.Log(ratio[i])
				top[i], left[i] = float64(b.top), float64(b.left)
			}
			expected := golden.Decode[float64](t, c.Outputs, "full_image_fraction") * draws
			if math.Abs(float64(whole)-expected) > 5*math.Sqrt(float64(whole)+expected+1) {
				t.Errorf("%d crops of %d are the whole image, want about %v", whole, draws, expected)
			}
			for key, values := range samples {
				want := golden.Decode[moments](t, c.Outputs, key)
				slices.Sort(values)
				var sum, squares float64
				for _, v := range values {
					sum += v
					squares += v * v
				}
				mean := sum / draws
				std := math.Sqrt(squares/draws - mean*mean)
				if math.Abs(mean-want.Mean) > 5*math.Sqrt2*want.Error {
					t.Errorf("%s: mean %v, want %v ± %v", key, mean, want.Mean, want.Error)
				}
				if math.Abs(std/want.Std-1) > 0.02 {
					t.Errorf("%s: standard deviation %v, want %v", key, std, want.Std)
				}
				for q, level := range levels {
					// The reference's quantile must lie between the neighboring quantiles of ours.
					margin := 5 * math.Sqrt(2*level*(1-level)/draws)
					low := values[max(int((level-margin)*draws), 0)]
					high := values[min(int((level+margin)*draws), draws-1)]
					if v := want.Quantiles[q]; v < low-1e-9 || v > high+1e-9 {
						t.Errorf("%s: quantile %v of the reference is %v, ours lies from %v to %v", key, level, v, low, high)
					}
				}
			}
		})
	}
}

func TestCropFallsBackToTheCenter(t *testing.T) {
	file := golden.Load(t, "aug_random_resized_crop_stats")
	seen := 0
	for i := range file.Cases {
		c := &file.Cases[i]
		if !strings.HasPrefix(c.Name, "fallback") {
			continue
		}
		seen++
		number := func(from map[string]json.RawMessage, key string) int { return golden.Decode[int](t, from, key) }
		want := box{
			top: number(c.Outputs, "top"), left: number(c.Outputs, "left"),
			height: number(c.Outputs, "crop_height"), width: number(c.Outputs, "crop_width"),
		}
		crop := cropOf(t, c)
		if got := crop.draw(number(c.Params, "width"), number(c.Params, "height"), random.New(1)); got != want {
			t.Errorf("%s: got %+v, want %+v", c.Name, got, want)
		}
	}
	if seen != 3 {
		t.Errorf("%d fallback cases, want 3", seen)
	}
}

func cropOf(t *testing.T, c *golden.Case) *Crop {
	scale, ratio := golden.Decode[[2]float64](t, c.Params, "scale"), golden.Decode[[2]float64](t, c.Params, "ratio")
	return &Crop{ScaleMin: scale[0], ScaleMax: scale[1], RatioMin: ratio[0], RatioMax: ratio[1]}
}

func TestDrawsHaveTheirProbabilities(t *testing.T) {
	const draws = 20000
	v := &mustNamed(t, "byol", 32).Views[1]
	v.Jitter.Brightness = 1.5 // factors from 0
	counts := map[string]int{}
	orders := map[[4]uint8]int{}
	stream := random.New(4)
	for range draws {
		d := v.draw(32, 32, stream)
		for name, is := range map[string]bool{
			"flip": d.flip, "jitter": d.jitter, "gray": d.gray, "blur": d.blur, "solarize": d.solarize,
			"dark": d.factors[0] < 0.25, "sigma": d.sigma < 1.05, "hue": d.factors[3] < 0,
		} {
			if is {
				counts[name]++
			}
		}
		orders[d.order]++
		if f := d.factors; f[0] < 0 || f[0] > 2.5 || f[2] < 0.8 || f[2] > 1.2 || f[3] < -0.1 || f[3] > 0.1 {
			t.Fatalf("factors %v", f)
		}
	}
	for name, p := range map[string]float64{
		"flip": 0.5, "jitter": 0.8, "gray": 0.2, "blur": 0.1, "solarize": 0.2, "dark": 0.1, "sigma": 0.5, "hue": 0.5,
	} {
		if got := float64(counts[name]) / draws; math.Abs(got-p) > 5*math.Sqrt(p*(1-p)/draws) {
			t.Errorf("%s: %v of the views, want %v", name, got, p)
		}
	}
	if len(orders) != 24 {
		t.Errorf("%d orders of the jitter, want all 24", len(orders))
	}
	for order, n := range orders {
		if math.Abs(float64(n)-draws/24.) > 5*math.Sqrt(draws/24.) {
			t.Errorf("order %v: %d times, want about %d", order, n, draws/24)
		}
	}
}

func TestRecipesShareTheirDraws(t *testing.T) {
	a, b := &mustNamed(t, "simclr", 32).Views[0], &mustNamed(t, "mocov1", 32).Views[0]
	for i := range uint64(100) {
		x, y := a.draw(32, 32, random.New(i)), b.draw(32, 32, random.New(i))
		if x.flip != y.flip || x.gray != y.gray || x.order != y.order {
			t.Fatalf("the same stream gave %+v and %+v", x, y)
		}
	}
}

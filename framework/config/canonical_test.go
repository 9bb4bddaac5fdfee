package config

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// draw makes any valid sample.
func draw(t *rapid.T) sample {
	unit := rapid.Float64Range(0, 1)
	below := rapid.Float64Range(0, 0.999)
	text := rapid.String().Filter(func(s string) bool { return Home(s) == s }) // read, a "~/" is the home folder
	drawView := rapid.Custom(func(t *rapid.T) view {
		v := view{Size: rapid.Uint8().Draw(t, "size"), Blur: unit.Draw(t, "blur")}
		if rapid.Bool().Draw(t, "scaled") {
			low := unit.Draw(t, "low")
			v.Scale = &crop{low, rapid.Float64Range(low, 1).Draw(t, "high")}
		}
		return v
	})
	s := sample{
		Seed:  rapid.Uint64().Draw(t, "seed"),
		Study: text.Draw(t, "study"),
		Method: Chosen("simclr",
			&simclr{rapid.Float64Range(math.SmallestNonzeroFloat64, math.MaxFloat64).Draw(t, "temperature"),
				rapid.SampledFrom([]string{"token", "mean"}).Draw(t, "pooling")}),
		Views:     rapid.SliceOfN(drawView, 0, 3).Draw(t, "views"),
		Mean:      [3]float64{unit.Draw(t, "red"), unit.Draw(t, "green"), unit.Draw(t, "blue")},
		Weights:   rapid.MapOfN(text, rapid.Float32Range(0, math.MaxFloat32), 0, 3).Draw(t, "weights"),
		Schedules: rapid.MapOfN(rapid.StringMatching(`[a-z]+`), drawView, 0, 2).Draw(t, "schedules"),
		Tags:      rapid.SliceOfN(text, 0, 3).Draw(t, "tags"),
		Train: training{
			Batch:    rapid.IntRange(2, 65536).Draw(t, "batch"),
			Patience: time.Duration(rapid.Int64Range(0, int64(24*time.Hour)).Draw(t, "patience")),
			Optimizer: optimizer{LR: rapid.Float64Range(1e-300, 1).Draw(t, "lr"),
				Momentum: rapid.Float32Range(0, 0.999).Draw(t, "momentum"),
				Betas:    [2]float64{below.Draw(t, "beta1"), below.Draw(t, "beta2")}, Exclude: []string{"bias"}},
		},
		common: common{
			Level: rapid.SampledFrom([]int8{2, 5}).Draw(t, "level"), Verbose: rapid.Bool().Draw(t, "verbose"), Output: "csv",
		},
	}
	s.Train.Queue = s.Train.Batch * rapid.IntRange(0, 3).Draw(t, "batches")
	if rapid.Bool().Draw(t, "clipped") {
		s.Train.Clip = new(rapid.Float64Range(1e-6, 1e6).Draw(t, "clip"))
	}
	return s
}

// TestRoundTrip: whatever a configuration holds, its skeleton and its canonical
// form decode to it, and it passes its own check.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := draw(t)
		if err := Check(want); err != nil {
			t.Fatal(err)
		}
		canonical := string(Canonical(want))
		var skeleton strings.Builder
		if err := Skeleton(&skeleton, want); err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{canonical, skeleton.String()} {
			document, err := Parse("test.yml", []byte(text))
			if err != nil {
				t.Fatalf("%v in\n%s", err, text)
			}
			got, err := resolve(document)
			if err != nil {
				t.Fatalf("%v in\n%s", err, text)
			}
			if diff := cmp.Diff(canonical, string(Canonical(got))); diff != "" {
				t.Fatalf("-want +got:\n%s\nby way of\n%s", diff, text)
			}
		}
	})
}

func TestCanonical(t *testing.T) {
	v := struct {
		B float32           `yaml:"b"`
		A float64           `yaml:"a"`
		S string            `yaml:"s"`
		P *int              `yaml:"p"`
		M map[string]string `yaml:"m"`
		L []int             `yaml:"l"`
		C Choice            `yaml:"c"`
		T time.Duration     `yaml:"t"`
		N Choice            `yaml:"n"`
	}{B: 0.1, A: 1e-7, S: "<é>", M: map[string]string{"y": "1", "x": "2"},
		C: Chosen("simclr", simclr{0.5, "mean"}), T: time.Minute}
	want :=
		`{"a":1e-7,"b":0.1,"c":{"name":"simclr","pooling":"mean","temperature":0.5},"l":[],"m":{"x":"2","y":"1"},"n":null,"p":null,"s":"<é>","t":"1m0s"}`
	if got := string(Canonical(&v)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestHash(t *testing.T) {
	base := chosenDefaults()
	seeded, trained, chosen := base, base, base
	seeded.Seed, trained.Train.Optimizer.LR = 9, 0.1
	chosen.Method = Chosen("moco", moco{simclr{0.07, "mean"}, 65536})
	if Hash(base) == Hash(seeded) {
		t.Error("the seed does not count")
	}
	if Hash(base, "seed") != Hash(seeded, "seed") {
		t.Error("the seed counts though it is omitted")
	}
	if Hash(base, "seed") == Hash(trained, "seed") || Hash(base, "seed") == Hash(chosen, "seed") {
		t.Error("two configurations share a hash")
	}
	if Hash(base, "train.optimizer.lr", "no.such") != Hash(trained, "train.optimizer.lr") {
		t.Error("a nested key cannot be omitted")
	}
	if Hash(base, "train.optimizer.lr") == Hash(base, "train.optimizer") {
		t.Error("omitting a key omits its section")
	}
	const want = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a" // of {}
	if got := Hash(struct{}{}); got != want {
		t.Errorf("got %s, expected %s", got, want)
	}
}

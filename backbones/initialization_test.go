package backbones

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/internal/golden"
	"github.com/kontrast-ml/kontrast/internal/torchref"
)

// moments are the statistics of values that the reference gives of its draws.
type moments struct{ mean, std, kurtosis, largest float64 }

func momentsOf(values []float64) (m moments) {
	n, fourth := float64(len(values)), 0.0
	for _, v := range values {
		m.mean += v / n
		m.largest = max(m.largest, math.Abs(v))
	}
	for _, v := range values {
		m.std += (v - m.mean) * (v - m.mean) / n
		fourth += math.Pow(v-m.mean, 4) / n
	}
	if m.std > 0 {
		m.kurtosis = fourth / (m.std * m.std)
	}
	m.std = math.Sqrt(m.std)
	return m
}

// near fails the test where n values of those moments are unlikely to be of the
// reference's distribution: by five standard errors and a hundredth.
func (m moments) near(t *testing.T, what string, n float64, want moments) {
	t.Helper()
	if math.Abs(m.mean-want.mean) > 5*want.std/math.Sqrt(n)+0.01*want.std {
		t.Errorf("%s: mean %.4g, want %.4g", what, m.mean, want.mean)
	}
	if want.std == 0 {
		if m != want {
			t.Errorf("%s: %+v, want the constant %g", what, m, want.mean)
		}
		return
	}
	if off := m.std/want.std - 1; math.Abs(off) > 5*math.Sqrt((want.kurtosis-1)/(4*n))+0.01 {
		t.Errorf("%s: standard deviation %.4g, want %.4g", what, m.std, want.std)
	}
	if n >= 1000 && math.Abs(m.kurtosis-want.kurtosis) > 5*math.Sqrt(24/n) {
		t.Errorf("%s: kurtosis %.3g, want %.3g", what, m.kurtosis, want.kurtosis)
	}
	if want.kurtosis < 2.7 && m.largest > 1.01*want.largest { // of a distribution with an end
		t.Errorf("%s: a value of %.4g, want at most %.4g", what, m.largest, want.largest)
	}
}

func TestInitMatchesThatOfOtherLibraries(t *testing.T) {
	images := shapes.Make(dtypes.Float32, 2, 32, 32, 3)
	for _, c := range golden.Load(t, "backbone_init").Cases {
		t.Run(c.Name, func(t *testing.T) {
			ours := map[string][]float64{}
			for name, params := range map[string]any{
				"resnet8": &CIFARResNetParams{Width: 1, Shortcut: "padding", Init: c.Name},
				"vit": &ViTParams{
					Patch: 4, Width: 64, Layers: 1, Heads: 2, MLPRatio: 4, Pooling: "token", Positions: "learned-1d", Init: c.Name,
				},
			} {
				b, err := factory(t, name).New(params, 32, 3)
				if err != nil {
					t.Fatal(err)
				}
				for v := range started(t, b, images).IterVariables() {
					if v.Shape().DType == dtypes.Float32 {
						path := strings.ReplaceAll(strings.Trim(v.Path(), "/"), "/", ".")
						ours[path] = torchref.FromTensor(v.MustValue()).Data
					}
				}
			}
			for name := range c.Outputs {
				want, values := c.Output(t, name).Data, ours[name]
				if len(values) == 0 {
					t.Errorf("there is no %s", name)
					continue
				}
				momentsOf(values).near(t, name, float64(len(values)), moments{want[0], want[1], want[2], want[3]})
			}
		})
	}
}

// CLIP's towers start in these ways, too, their tables and last matrices included.
func TestInitOfCLIPsTowers(t *testing.T) {
	images := shapes.Make(dtypes.Float32, 2, 32, 32, 3)
	const way = "trunc-normal-0.02"
	for _, of := range []struct {
		name     string
		params   any
		input    shapes.Shape
		size, in int
	}{
		{"clip-vit", &CLIPViTParams{Patch: 4, Width: 64, Layers: 1, Heads: 2, EmbedDim: 48, Init: way}, images, 32, 3},
		{"clip-resnet", &CLIPResNetParams{Width: 8, Blocks: []int{1, 1, 1, 1}, EmbedDim: 48, Init: way}, images, 32, 3},
		{
			"clip-text", &CLIPTextParams{Width: 64, Layers: 1, Heads: 2, EmbedDim: 48, Init: way},
			shapes.Make(dtypes.Int32, 2, 16), 16, 100,
		},
	} {
		b, err := factory(t, of.name).New(of.params, of.size, of.in)
		if err != nil {
			t.Fatal(err)
		}
		for v := range started(t, b, of.input).IterVariables() {
			isNorm := func(r rule) bool { return r.matches(v.Path()) || strings.Contains(v.Path(), "bn3/") }
			switch {
			case v.Shape().DType != dtypes.Float32 || slices.ContainsFunc(norms, isNorm):
			case strings.HasSuffix(v.Path(), "/bias"):
				zero.check(t, of.name+v.Path(), torchref.FromTensor(v.MustValue()).Data)
			default:
				normal(0.02).check(t, of.name+v.Path(), torchref.FromTensor(v.MustValue()).Data)
			}
		}
	}
}

// What was recorded before there was the key is the same configuration.
func TestAnOwnInitIsLeftOutOfTheCanonicalForm(t *testing.T) {
	for _, f := range Builtin() {
		before := string(config.Canonical(f.Defaults()))
		if has := strings.Contains(before, `"init"`); has != strings.HasPrefix(f.Name, "vit") {
			t.Errorf("%s: the canonical form of the defaults is %s", f.Name, before)
		}
	}
	params := ResNetParams{Stem: "auto", Width: 1, Init: "pytorch"}
	if got := string(config.Canonical(params)); !strings.Contains(got, `"init":"pytorch"`) {
		t.Errorf("an init that was chosen is not in %s", got)
	}
}

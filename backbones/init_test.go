package backbones

import (
	"math"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/internal/testbackend"
	"github.com/kontrast-ml/kontrast/internal/torchref"
)

// start is a distribution that initial values come from: constant if std is 0, else around 0.
type start struct {
	constant, std float64
	bound         float64 // of a uniform distribution; 0 for a normal one
}

func normal(std float64) start    { return start{std: std} }
func uniform(bound float64) start { return start{std: bound / math.Sqrt(3), bound: bound} }

var zero, one = start{}, start{constant: 1}

// rule says how the variables with paths of that pattern start. The dimensions are [size, size, in, out] or [in, out].
type rule struct {
	pattern string // of path.Match; for the last elements of the path
	start   func(dims []int) start
}

func always(s start) func([]int) start { return func([]int) start { return s } }

// product of the dimensions.
func product(dims []int) float64 {
	n := 1.0
	for _, d := range dims {
		n *= float64(d)
	}
	return n
}

// Distributions of weights by their dimensions, as torch.nn.init has them.
func kaimingNormalFanOut(dims []int) start {
	return normal(math.Sqrt(2 / (product(dims) / float64(dims[len(dims)-2]))))
}

func torchDefault(dims []int) start { return uniform(1 / math.Sqrt(product(dims[:len(dims)-1]))) }

func xavier(dims []int) start { // of linear layers
	return uniform(math.Sqrt(6 / (product(dims[:len(dims)-1]) + float64(dims[len(dims)-1]))))
}

// How the normalization layers start everywhere.
var norms = []rule{
	{"*/running_mean", always(zero)}, {"*/running_var", always(one)},
	{"bn?/weight", always(one)}, {"bn?/bias", always(zero)},
	{"downsample/1/weight", always(one)}, {"downsample/1/bias", always(zero)},
	{"norm*/weight", always(one)}, {"norm*/bias", always(zero)},
}

// The first rule that matches counts. Sources: torchvision 0.14 models/resnet.py; timm 0.4 vision_transformer.py and
// DINO's vision_transformer.py (convolutions are left at PyTorch's default); MoCo v3's vits.py; OpenAI's
// clip/model.py, where the image transformer is left at PyTorch's defaults.
func TestWeightsStartAsTheReferencesDo(t *testing.T) {
	const width = 64 // of the transformers, which have 2 blocks
	scaled := always(normal(1 / math.Sqrt(width)))
	textOut := always(normal(1 / math.Sqrt(width*2*2)))
	small := always(normal(0.02))
	for _, of := range []struct {
		name   string
		params any
		rules  []rule
	}{
		{"resnet18", &ResNetParams{Stem: "imagenet", Width: 0.5}, []rule{
			{"conv?/weight", kaimingNormalFanOut}, {"downsample/0/weight", kaimingNormalFanOut},
		}},
		{"resnet20", &CIFARResNetParams{Width: 1, Shortcut: "projection", ZeroInitResidual: true}, []rule{
			{"layer?/?/bn2/weight", always(zero)},
			{"conv?/weight", kaimingNormalFanOut}, {"downsample/0/weight", kaimingNormalFanOut},
		}},
		{"resnet50", &BottleneckParams{ResNetParams: ResNetParams{Stem: "cifar", Width: 0.25, ZeroInitResidual: true},
			Groups: 1, GroupWidth: 64},
			[]rule{
				{"layer?/?/bn3/weight", always(zero)},
				{"conv?/weight", kaimingNormalFanOut}, {"downsample/0/weight", kaimingNormalFanOut},
			}},
		{"resnetv2-50", &ResNetV2Params{Stem: "imagenet", Width: 0.25, NormGroups: 8}, []rule{
			{"conv*/weight", kaimingNormalFanOut},
		}},
		{"mobilenetv3-small", &MobileNetParams{Stem: "cifar", Width: 0.5, Padding: "symmetric", Epsilon: 0.001}, []rule{
			{"conv*/weight", kaimingNormalFanOut}, {"conv*/bias", always(zero)},
		}},
		{"convnext-tiny", &ConvNeXtParams{Width: 0.25, LayerScale: 0.5}, []rule{
			{"gamma", always(start{constant: 0.5})}, {"stem/1/weight", always(one)}, {"stem/1/bias", always(zero)},
			{"downsample/0/weight", always(one)}, {"downsample/0/bias", always(zero)},
			{"downsample/1/weight", small}, {"downsample/1/bias", always(zero)},
			{"conv_dw/weight", small}, {"conv_dw/bias", always(zero)},
			{"mlp/*/weight", small}, {"mlp/*/bias", always(zero)}, {"stem/0/weight", small}, {"stem/0/bias", always(zero)},
		}},
		{"vit", &ViTParams{Patch: 4, Width: width, Layers: 2, Heads: 2, MLPRatio: 4, MLP: "gelu", Pooling: "token",
			Positions: "learned-1d", Init: "timm"}, []rule{
			{"patch_embed/proj/weight", torchDefault}, {"patch_embed/proj/bias", always(uniform(1 / math.Sqrt(4*4*3)))},
			{"cls_token", small}, {"pos_embed", small},
			{"attn/*/weight", small}, {"mlp/*/weight", small}, {"attn/*/bias", always(zero)}, {"mlp/*/bias", always(zero)},
		}},
		{"vit", &ViTParams{Patch: 4, Width: width, Layers: 2, Heads: 2, MLPRatio: 4, MLP: "gelu", Pooling: "token",
			Positions: "sincos-2d", Init: "mocov3"}, []rule{
			{"patch_embed/proj/weight", xavier}, {"patch_embed/proj/bias", always(zero)}, {"cls_token", always(normal(1e-6))},
			{"attn/qkv/weight", always(uniform(math.Sqrt(6.0 / (2 * width))))}, // queries, keys and values each for itself
			{"attn/proj/weight", xavier}, {"mlp/*/weight", xavier}, {"attn/*/bias", always(zero)}, {"mlp/*/bias", always(zero)},
		}},
		{"clip-vit", &CLIPViTParams{Patch: 4, Width: width, Layers: 2, Heads: 2, EmbedDim: 48}, []rule{
			{"patch_embed/proj/weight", torchDefault}, {"cls_token", scaled}, {"pos_embed", scaled},
			{"attn/qkv/weight", xavier}, {"attn/proj/weight", torchDefault}, {"attn/*/bias", always(zero)}, {"proj", scaled},
			{"mlp/*/weight", torchDefault},
			{"mlp/fc1/bias", always(uniform(1 / math.Sqrt(width)))}, {"mlp/fc2/bias", always(uniform(1 / math.Sqrt(4*width)))},
		}},
		{"clip-text", &CLIPTextParams{Width: width, Layers: 2, Heads: 2, EmbedDim: 48}, []rule{
			{"token_embedding/weight", small}, {"pos_embed", always(normal(0.01))},
			{"attn/qkv/weight", scaled}, {"attn/proj/weight", textOut}, {"attn/*/bias", always(zero)}, {"proj", scaled},
			{"mlp/fc1/weight", always(normal(1 / math.Sqrt(2*width)))}, {"mlp/fc2/weight", textOut},
			{"mlp/fc1/bias", always(uniform(1 / math.Sqrt(width)))}, {"mlp/fc2/bias", always(uniform(1 / math.Sqrt(4*width)))},
		}},
		{"clip-resnet", &CLIPResNetParams{Width: 8, Blocks: []int{1, 1, 1, 1}, EmbedDim: 48}, []rule{
			{"layer?/?/bn3/weight", always(zero)}, {"conv?/weight", torchDefault}, {"downsample/0/weight", torchDefault},
			{"attnpool/positional_embedding", always(normal(1 / math.Sqrt(8*32)))},
			{"attnpool/*/weight", always(normal(1 / math.Sqrt(8*32)))},
			{"attnpool/*/bias", always(uniform(1 / math.Sqrt(8*32)))},
		}},
	} {
		t.Run(of.name, func(t *testing.T) {
			f := factory(t, of.name)
			shape := shapes.Make(dtypes.Float32, 2, 32, 32, 3)
			size, channels := 32, 3
			if f.Input == Tokens {
				shape, size, channels = shapes.Make(dtypes.Int32, 2, 16), 16, 100
			}
			b, err := f.New(of.params, size, channels)
			if err != nil {
				t.Fatal(err)
			}
			rules := slices.Concat(of.rules, norms)
			for v := range started(t, b, shape).IterVariables() {
				if v.Shape().DType != dtypes.Float32 {
					continue // the random state
				}
				i := slices.IndexFunc(rules, func(r rule) bool { return r.matches(v.Path()) })
				if i < 0 {
					t.Errorf("%s: no rule says how it starts", v.Path())
					continue
				}
				value := torchref.FromTensor(v.MustValue())
				rules[i].start(value.Shape).check(t, v.Path(), value.Data)
			}
		})
	}
}

// matches says that the last elements of the path are of the pattern.
func (r rule) matches(of string) bool {
	elements := strings.Split(of, "/")
	n := strings.Count(r.pattern, "/") + 1
	if n > len(elements) {
		return false
	}
	matched, err := path.Match(r.pattern, path.Join(elements[len(elements)-n:]...))
	if err != nil {
		panic(err)
	}
	return matched
}

// check fails the test if values are unlikely to come from the distribution: by five standard errors of the moments.
func (s start) check(t *testing.T, what string, values []float64) {
	t.Helper()
	if s.std == 0 {
		if i := slices.IndexFunc(values, func(v float64) bool { return v != s.constant }); i >= 0 {
			t.Errorf("%s: value %d is %g, want %g", what, i, values[i], s.constant)
		}
		return
	}
	n, sum, squares := float64(len(values)), 0.0, 0.0
	for _, v := range values {
		sum += v
		squares += v * v
	}
	if mean := sum / n; math.Abs(mean) > 5*s.std/math.Sqrt(n) {
		t.Errorf("%s: mean %.3g, want 0 (standard deviation %.3g)", what, mean, s.std)
	}
	if std := math.Sqrt(squares / n); math.Abs(std/s.std-1) > 5/math.Sqrt(2*n) {
		t.Errorf("%s: standard deviation %.4g, want %.4g", what, std, s.std)
	}
	// A uniform distribution ends at √3 of its standard deviation. Beyond that a normal one has 8 % of its values.
	switch most := greatest(values); {
	case s.bound > 0 && most > s.bound:
		t.Errorf("%s: a value of %.4g, want at most %.4g", what, most, s.bound)
	case s.bound == 0 && n >= 200 && most < 2*s.std:
		t.Errorf("%s: no value beyond %.4g, want a normal distribution of standard deviation %.4g", what, most, s.std)
	}
}

// started returns the variables of the backbone as they start, for inputs of that shape. It builds the graph without
// running it.
func started(t *testing.T, b framework.Backbone, input shapes.Shape) *model.Store {
	t.Helper()
	store := model.NewStore()
	g := graph.NewGraph(testbackend.New(t), t.Name())
	defer g.Finalize()
	store.SetTraining(g, true)
	nn.SetRandomState(store.RootScope(), graph.RNGStateFromSeedForGraph(g, 1))
	x := graph.Parameter(g, "x", input)
	if err := nn.Catch(func() { b.Embed(store.RootScope(), x) }); err != nil {
		t.Fatal(err)
	}
	return store
}

package backbones

import (
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/internal/testbackend"
)

func factory(t *testing.T, name string) Factory {
	t.Helper()
	all := Builtin()
	at := slices.IndexFunc(all, func(f Factory) bool { return f.Name == name })
	if at < 0 {
		t.Fatalf("no backbone %q", name)
	}
	return all[at]
}

func TestEveryBackboneIsDocumentedAndSound(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range Builtin() {
		if seen[f.Key()] {
			t.Errorf("two backbones are called %q", f.Key())
		}
		seen[f.Key()] = true
		if !strings.Contains(f.Doc, "arXiv:") {
			t.Errorf("%s: the documentation names no paper: %q", f.Name, f.Doc)
		}
		if err := config.Check(f.Defaults()); err != nil {
			t.Errorf("%s: defaults: %v", f.Name, err)
		}
		for _, field := range config.Describe(f.Defaults()) {
			if field.Doc == "" || field.Source == "" || field.Range == "" && field.OneOf == nil && field.Type != "boolean" {
				t.Errorf("%s: %s lacks documentation, source or range: %+v", f.Name, field.Path, field)
			}
		}
	}
}

// embedded runs the backbone on one fixed batch and returns the features.
func embedded(t *testing.T, b framework.Backbone, seed uint64, size, channels int) *tensors.Tensor {
	t.Helper()
	store := model.NewStore()
	if err := nn.SetSeed(store, seed); err != nil {
		t.Fatal(err)
	}
	images := make([]float32, 2*size*size*channels)
	for i := range images {
		images[i] = float32(i%23)/11 - 1
	}
	got, err := model.CallOnce(testbackend.New(t), store, func(root *model.Scope, x *graph.Node) *graph.Node {
		return b.Embed(root.At("online").At("backbone"), x)
	}, tensors.FromFlatDataAndDimensions(images, 2, size, size, channels))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// smallBackbones are of every kind of backbone for images, made for 32 pixels and 3 channels, by a name that starts
// with the factory's.
func smallBackbones(t *testing.T) map[string]framework.Backbone {
	t.Helper()
	backbones := map[string]framework.Backbone{}
	for name, change := range map[string]func(params any){
		"resnet8":  func(p any) { p.(*CIFARResNetParams).Width = 0.5 },
		"resnet14": func(p any) { *p.(*CIFARResNetParams) = CIFARResNetParams{Width: 0.25, Shortcut: "projection"} },
		"resnet18": func(p any) { p.(*ResNetParams).Width = 0.125 },
		"resnet50": func(p any) {
			p.(*BottleneckParams).ResNetParams = ResNetParams{Stem: "imagenet", Width: 0.0625, ZeroInitResidual: true}
		},
		"resnet50 of groups": func(p any) {
			*p.(*BottleneckParams) = BottleneckParams{
				ResNetParams: ResNetParams{Stem: "imagenet", Width: 0.0625, ZeroInitResidual: true}, Groups: 4, GroupWidth: 16,
			}
		},
		"resnetv2-50": func(p any) {
			*p.(*ResNetV2Params) = ResNetV2Params{Stem: "imagenet", Width: 0.125, NormGroups: 4}
		},
		// The greater epsilon keeps rounding from growing from norm to norm.
		"mobilenetv2":       func(p any) { p.(*MobileNetParams).Width, p.(*MobileNetParams).Epsilon = 0.125, 0.1 },
		"mobilenetv3-small": func(p any) { p.(*MobileNetParams).Width, p.(*MobileNetParams).Padding = 0.25, "same" },
		"efficientnet-b0": func(p any) {
			p.(*EfficientNetParams).Width, p.(*EfficientNetParams).Depth = 0.125, 0.5
		},
		"efficientnet-lite0": func(p any) {
			p.(*EfficientNetParams).Width, p.(*EfficientNetParams).Depth = 0.125, 0.5
		},
		"convnext-tiny": func(p any) { p.(*ConvNeXtParams).Width, p.(*ConvNeXtParams).LayerScale = 0.0833333, 0.5 },
		"vit":           func(p any) { smallViT(p.(*ViTParams)) },
		"vit with relative positions": func(p any) {
			smallViT(p.(*ViTParams))
			p.(*ViTParams).Positions, p.(*ViTParams).Pooling = "relative", "mean"
		},
		"vit with rotary positions and SwiGLU": func(p any) {
			smallViT(p.(*ViTParams))
			p.(*ViTParams).Positions, p.(*ViTParams).MLP, p.(*ViTParams).Registers = "rotary-2d", "swiglu", 2
		},
		"clip-vit": func(p any) { *p.(*CLIPViTParams) = CLIPViTParams{Width: 32, Layers: 2, Heads: 2, EmbedDim: 24} },
		"clip-resnet": func(p any) {
			*p.(*CLIPResNetParams) = CLIPResNetParams{Width: 8, Blocks: []int{1, 1, 1, 1}, EmbedDim: 24}
		},
	} {
		f := factory(t, strings.Fields(name)[0])
		params := f.Defaults()
		change(params)
		b, err := f.New(params, 32, 3)
		if err != nil {
			t.Fatal(err)
		}
		backbones[name] = b
	}
	return backbones
}

func TestEveryBackboneEmbeds(t *testing.T) {
	for name, b := range smallBackbones(t) {
		t.Run(name, func(t *testing.T) {
			got := embedded(t, b, 1, 32, 3)
			if err := got.Shape().CheckDims(2, b.FeatureDim()); err != nil {
				t.Error(err)
			}
			values := tensors.MustCopyFlatData[float32](got)
			if slices.Max(values) == slices.Min(values) {
				t.Errorf("all features are %v", values[0])
			}
			if again := tensors.MustCopyFlatData[float32](embedded(t, b, 1, 32, 3)); !slices.Equal(values, again) {
				t.Error("the same seed gave other features")
			}
			if other := tensors.MustCopyFlatData[float32](embedded(t, b, 2, 32, 3)); slices.Equal(values, other) {
				t.Error("another seed gave the same features")
			}
		})
	}
}

// TestMapsAreOfTheFeatures embeds images twice: every network for images but CLIP's
// ResNet has a map of features, and the features that come with it are those of Embed.
func TestMapsAreOfTheFeatures(t *testing.T) {
	for name, b := range smallBackbones(t) {
		withMap, has := b.(framework.MapBackbone)
		if has == (name == "clip-resnet") {
			t.Errorf("%s has a map of features: %v", name, has)
		}
		if !has {
			continue
		}
		t.Run(name, func(t *testing.T) {
			store := model.NewStore()
			defer store.Finalize()
			if err := nn.SetSeed(store, 1); err != nil {
				t.Fatal(err)
			}
			exec := model.MustNewExec(testbackend.New(t), store, func(root *model.Scope, x *graph.Node) []*graph.Node {
				features, places := withMap.EmbedMap(root.At("backbone"), x)
				mean := graph.ReduceMean(places, 1, 2)
				return []*graph.Node{b.Embed(root.At("backbone"), x), features, mean, places}
			})
			defer exec.Finalize()
			out := exec.MustCall(tensors.FromFlatDataAndDimensions(ramp(2*32*32*3), 2, 32, 32, 3))
			if err := out[3].Shape().CheckDims(2, -1, -1, b.FeatureDim()); err != nil {
				t.Error(err)
			}
			embedded := tensors.MustCopyFlatData[float32](out[0])
			if got := tensors.MustCopyFlatData[float32](out[1]); !slices.Equal(got, embedded) {
				t.Errorf("features with the map %v, without %v", got[:4], embedded[:4])
			}
			if strings.Contains(name, "vit") || strings.Contains(name, "convnext") { // a token; a norm of each place
				return
			}
			for i, got := range tensors.MustCopyFlatData[float32](out[2]) {
				if abs(float64(got-embedded[i])) > 1e-5*max(1, abs(float64(embedded[i]))) {
					t.Fatalf("feature %d is %v, the mean of the map %v", i, embedded[i], got)
				}
			}
		})
	}
}

func smallViT(p *ViTParams) { p.Patch, p.Width, p.Layers, p.Heads = 8, 32, 2, 4 }

func TestViTVariantsEmbedEverySizeTheyShould(t *testing.T) {
	for _, positions := range []string{"none", "learned-1d", "learned-2d", "relative", "sincos-2d", "rotary-2d"} {
		for _, pooling := range []string{"token", "mean", "mean-without-token"} {
			t.Run(positions+"/"+pooling, func(t *testing.T) {
				f := factory(t, "vit")
				params := f.Defaults().(*ViTParams)
				smallViT(params)
				params.Positions, params.Pooling, params.Init = positions, pooling, "mocov3"
				b, err := f.New(params, 32, 1)
				if err != nil {
					t.Fatal(err)
				}
				sizes := []int{32, 16, 40}
				if positions == "relative" {
					sizes = sizes[:1]
				}
				for _, size := range sizes {
					if err := embedded(t, b, 1, size, 1).Shape().CheckDims(2, 32); err != nil {
						t.Errorf("size %d: %v", size, err)
					}
				}
			})
		}
	}
}

func TestPositionsTellPatchesApart(t *testing.T) {
	// Swapping two patches leaves the features of a network without positions
	// alone and changes those of every other.
	for _, positions := range []string{"none", "learned-1d", "learned-2d", "relative", "sincos-2d", "rotary-2d"} {
		f := factory(t, "vit")
		params := f.Defaults().(*ViTParams)
		smallViT(params)
		params.Positions, params.Pooling, params.Init = positions, "mean-without-token", "mocov3"
		b, err := f.New(params, 16, 1)
		if err != nil {
			t.Fatal(err)
		}
		images := make([]float32, 2*16*16)
		for y := range 16 {
			for x := range 16 {
				value := float32((y*7+x*3)%11) / 5
				images[y*16+x] = value
				swapped := y*16 + x
				if y < 8 { // the two upper patches change places
					swapped = y*16 + (x+8)%16
				}
				images[256+swapped] = value
			}
		}
		got := model.MustCallOnce(testbackend.New(t), model.NewStore(), func(root *model.Scope, x *graph.Node) *graph.Node {
			return b.Embed(root, x)
		}, tensors.FromFlatDataAndDimensions(images, 2, 16, 16, 1))
		values := tensors.MustCopyFlatData[float32](got)
		apart := 0.0
		for i := range 32 {
			apart = max(apart, abs(float64(values[i]-values[32+i])))
		}
		if same := apart < 1e-4; same != (positions == "none") {
			t.Errorf("%s: features of the image and of the image with patches swapped are %.3g apart", positions, apart)
		}
	}
}

func abs(x float64) float64 { return max(x, -x) }

func TestBadParametersAreErrors(t *testing.T) {
	for _, bad := range []struct {
		name           string
		change         func(params any)
		size, channels int
		want           string
	}{
		{"vit", func(p any) { p.(*ViTParams).Heads = 7 }, 32, 3, "heads: 7 heads do not divide the width 192"},
		{"vit", func(p any) {
			p.(*ViTParams).Patch = 5
		}, 32, 3, "backbone vit: patch_size: patches of 5 pixels do not divide images of 32; choose a divisor"},
		{"vit", func(p any) { p.(*ViTParams).Width, p.(*ViTParams).Positions = 6, "sincos-2d" }, 32, 3,
			"positions: sincos-2d needs a width that 4 divides, not 6"},
		{"vit", func(p any) {
			p.(*ViTParams).MLPRatio = 0.001
		}, 32, 3, "mlp_ratio: 0.001 of a width of 192 leaves the MLP no hidden unit; choose a larger ratio"},
		{"vit-s", func(p any) { p.(*ViTParams).Positions = "sincos" }, 32, 3, "positions"},
		{"resnet20", func(p any) { p.(*CIFARResNetParams).Width = 0 }, 32, 3, "width"},
		{"resnet50", func(p any) { p.(*BottleneckParams).Stem = "tiny" }, 32, 3, "stem"},
		{"resnet50", func(p any) { p.(*BottleneckParams).SelectiveKernels, p.(*BottleneckParams).Groups = true, 32 }, 32, 3,
			"selective_kernels: selective kernels know no groups; leave groups at 1 and group_width at 64"},
		{"resnetv2-50", func(p any) { p.(*ResNetV2Params).Width = 0.25 }, 32, 3,
			"norm_groups: 32 groups do not divide the 16 channels of the first layers"},
		{"resnet50", func(any) {}, 0, 3, "backbone resnet50: an input size of 0 with 3 channels: each must be at least 1"},
		{"clip-resnet", func(any) {}, 48, 3, "backbone clip-resnet: images of 48 pixels"},
		{"clip-resnet", func(p any) { p.(*CLIPResNetParams).Blocks = []int{1, 1} }, 64, 3,
			"blocks: 2 stages given; there are 4"},
		{"clip-text", func(p any) { p.(*CLIPTextParams).Heads = 3 }, 16, 100, "heads: 3 heads do not divide the width 128"},
	} {
		f := factory(t, bad.name)
		params := f.Defaults()
		bad.change(params)
		if _, err := f.New(params, bad.size, bad.channels); err == nil || !strings.Contains(err.Error(), bad.want) {
			t.Errorf("%s: got error %v, want one with %q", bad.name, err, bad.want)
		}
	}
	f := factory(t, "vit")
	if _, err := f.New((*ViTParams)(nil), 32, 3); err == nil ||
		!strings.Contains(err.Error(), "parameters are of type *backbones.ViTParams") {
		t.Errorf("no parameters: got error %v", err)
	}
	if _, err := f.New(&ResNetParams{}, 32, 3); err == nil ||
		!strings.Contains(err.Error(), "parameters are of type *backbones.ResNetParams, want a *backbones.ViTParams") {
		t.Errorf("parameters of another backbone: got error %v", err)
	}
}

func TestZeroInitResidualStartsBlocksAsIdentity(t *testing.T) {
	net := &resNet{
		stem: "cifar", block: basicBlock, blocks: []int{2, 1}, base: 4, width: 1, variant: variant{zeroInit: true},
	}
	var before, after *graph.Node
	got := model.MustCallOnceN(testbackend.New(t), model.NewStore(), func(root *model.Scope, x *graph.Node) []*graph.Node {
		net.embed(root, x, func(name string, node *graph.Node) {
			switch name {
			case "maxpool":
				before = node
			case "layer1":
				after = node
			}
		})
		return []*graph.Node{before, after}
	}, tensors.FromFlatDataAndDimensions(ramp(2*8*8*3), 2, 8, 8, 3))
	if !slices.Equal(tensors.MustCopyFlatData[float32](got[0]), tensors.MustCopyFlatData[float32](got[1])) {
		t.Error("blocks whose branch starts at 0 changed their input")
	}
}

func ramp(n int) []float32 {
	values := make([]float32, n)
	for i := range values {
		values[i] = float32(i%17)/8 - 1
	}
	return values
}

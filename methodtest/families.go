package methodtest

import (
	"slices"
	"testing"

	"github.com/kontrast-ml/kontrast/backbones"
	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/augment"
)

// family is a small network of a family of backbones.
type family struct {
	name     string
	backbone string             // the factory's name
	params   any                // a pointer as the factory's Defaults returns
	size     int                // side of its images in pixels
	trained  bool               // until the loss falls, not just for two steps
	oneSize  bool               // takes no images of other sizes
	made     framework.Backbone // the network itself, where it is not of a built-in factory
}

// families has every kind of network that embeds images.
var families = []family{
	{"resnet", "resnet8", &backbones.CIFARResNetParams{Width: 0.5, Shortcut: "padding"}, 16, true, false, nil},
	{"vit", "vit", &backbones.ViTParams{
		Patch: 4, Width: 16, Layers: 1, Heads: 2, MLPRatio: 2, MLP: "gelu", Pooling: "token", Positions: "learned-1d",
		Epsilon: 1e-6, Init: "timm",
	}, 16, true, false, nil},
	{"basic", "resnet18", &backbones.ResNetParams{Stem: "imagenet", Width: 1. / 16}, 32, false, false, nil},
	{"bottleneck", "resnet50", &backbones.BottleneckParams{
		ResNetParams: backbones.ResNetParams{Stem: "imagenet", Width: 1. / 32}, Groups: 1, GroupWidth: 64,
	}, 32, false, false, nil},
	{"selective", "resnet50", &backbones.BottleneckParams{
		ResNetParams: backbones.ResNetParams{Stem: "imagenet", Width: 1. / 32}, SelectiveKernels: true,
		Groups: 1, GroupWidth: 64,
	}, 32, false, false, nil},
	{"resnetv2", "resnetv2-50", &backbones.ResNetV2Params{
		Stem: "imagenet", Width: 1. / 16, NormGroups: 2, Init: "timm",
	}, 32, false, false, nil},
	{"mobilenet", "mobilenetv2", &backbones.MobileNetParams{
		Stem: "imagenet", Width: 1. / 8, Padding: "symmetric", Epsilon: 1e-3, Init: "torchvision",
	}, 32, false, false, nil},
	{"efficientnet", "efficientnet-b0", &backbones.EfficientNetParams{MobileNetParams: backbones.MobileNetParams{
		Stem: "imagenet", Width: 1. / 8, Padding: "symmetric", Epsilon: 1e-3, Init: "torchvision",
	}, Depth: 1. / 4}, 32, false, false, nil},
	{"convnext", "convnext-tiny", &backbones.ConvNeXtParams{
		Patch: 1, Width: 1. / 16, LayerScale: 1e-6, Init: "torchvision",
	}, 32, false, false, nil},
	{"clip-resnet", "clip-resnet", &backbones.CLIPResNetParams{Width: 4, Blocks: []int{1, 1, 1, 1}, EmbedDim: 16}, 32,
		false, true, nil},
	{"clip-vit", "clip-vit", &backbones.CLIPViTParams{Patch: 8, Width: 16, Layers: 1, Heads: 2, EmbedDim: 16}, 32,
		false, false, nil},
}

func (f family) make(t testing.TB) framework.Backbone {
	t.Helper()
	if f.made != nil {
		return f.made
	}
	for _, factory := range backbones.Builtin() {
		if factory.Name != f.backbone {
			continue
		}
		made, err := factory.New(f.params, f.size, 3)
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	t.Fatalf("there is no backbone %s", f.backbone)
	return nil
}

// recipe names the views of a method's paper, or two of one size where the
// network can't take the small ones of that.
func (f family) recipe(t testing.TB, factory framework.Factory) string {
	t.Helper()
	name := factory.RecipeFor(f.size)
	recipe, err := augment.Named(name, f.size)
	if err != nil {
		t.Fatal(err)
	}
	if f.oneSize && slices.ContainsFunc(recipe.Views, func(v augment.View) bool { return v.Size != f.size }) {
		return "mocov2-cifar"
	}
	return name
}

// ResNet is a ResNet-8 of half the usual width, for images of 16×16 pixels.
func ResNet(t testing.TB) framework.Backbone {
	t.Helper()
	return families[0].make(t)
}

// takes reports whether the method's registration allows the network.
func (f family) takes(t testing.TB, factory framework.Factory) bool {
	network := f.make(t)
	_, hasPatches := network.(framework.PatchBackbone)
	_, hasMaps := network.(framework.MapBackbone)
	return (hasPatches || !factory.Patches) && (hasMaps || !factory.Maps)
}

// ViT is a vision transformer of one block, for images of 16×16 pixels in patches of 4×4.
func ViT(t testing.TB) framework.Backbone {
	t.Helper()
	return families[1].make(t)
}

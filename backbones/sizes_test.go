package backbones

import (
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"github.com/kontrast-ml/kontrast/framework"
)

// The number of trainable parameters is that of the reference implementation less its classifier.
func TestSizesAreThePapers(t *testing.T) {
	for _, want := range []struct {
		name                            string
		inputSize, features, parameters int
	}{
		// torchvision's counts less fc, which has 1000·(features+1).
		{"resnet18", 224, 512, 11689512 - 1000*513},
		{"resnet34", 224, 512, 21797672 - 1000*513},
		{"resnet50", 224, 2048, 25557032 - 1000*2049},
		{"resnet101", 224, 2048, 44549160 - 1000*2049},
		// torchvision's counts less the classifier, of 1000·(features+1); MobileNetV3's has a layer more.
		{"mobilenetv2", 224, 1280, 3504872 - 1000*1281},
		{"mobilenetv3-large", 224, 960, 5483032 - 1280*961 - 1000*1281},
		{"mobilenetv3-small", 224, 576, 2542856 - 1024*577 - 1000*1025},
		{"efficientnet-b0", 224, 1280, 5288548 - 1000*1281},
		{"efficientnet-b1", 240, 1280, 7794184 - 1000*1281},
		{"efficientnet-b2", 260, 1408, 9109994 - 1000*1409},
		{"efficientnet-b4", 380, 1792, 19341616 - 1000*1793},
		{"convnext-tiny", 224, 768, 28589128 - 1000*769},
		// timm's counts less the classifier.
		{"efficientnet-lite0", 224, 1280, 4652008 - 1000*1281},
		{"efficientnet-lite2", 260, 1280, 6092072 - 1000*1281},
		{"resnetv2-50", 224, 2048, 25549352 - 1000*2049},
		// He et al. 2016, Table 6 says 0.27M and 0.85M with the classifier of 650.
		{"resnet20", 32, 64, 269722 - 650},
		{"resnet56", 32, 64, 853018 - 650},
		// timm's counts less the head, which has 1000·(features+1).
		{"vit-ti", 224, 192, 5717416 - 1000*193},
		{"vit-s", 224, 384, 22050664 - 1000*385},
	} {
		t.Run(want.name, func(t *testing.T) {
			f := factory(t, want.name)
			b, err := f.New(f.Defaults(), want.inputSize, 3)
			if err != nil {
				t.Fatal(err)
			}
			if b.FeatureDim() != want.features {
				t.Errorf("features are %d wide, want %d", b.FeatureDim(), want.features)
			}
			if n := countParameters(t, b, want.inputSize); n != want.parameters {
				t.Errorf("%d parameters, want %d", n, want.parameters)
			}
		})
	}
}

// torchvision's counts less fc.
func TestResNeXtAndWideResNetHaveTorchvisionsSizes(t *testing.T) {
	for _, want := range []struct {
		name          string
		groups, width int
		classed       int
	}{
		{"resnet50", 32, 4, 25028904}, {"resnet50", 1, 128, 68883240},
	} {
		b := made(t, want.name, 224, func(p *BottleneckParams) { p.Groups, p.GroupWidth = want.groups, want.width })
		if n := countParameters(t, b, 224); n != want.classed-1000*2049 {
			t.Errorf("%s of %d groups of %d channels: %d parameters, want %d",
				want.name, want.groups, want.width, n, want.classed-1000*2049)
		}
	}
}

// The sizes are those of SimCLRv2's Table 1 (arXiv:2006.10029), in millions.
func TestSelectiveKernelsHaveThePapersSizes(t *testing.T) {
	for _, want := range []struct {
		name      string
		width     float64
		selective bool
		millions  int
	}{
		{"resnet50", 1, false, 24}, {"resnet50", 1, true, 35}, {"resnet101", 1, true, 65},
	} {
		f := factory(t, want.name)
		params := f.Defaults().(*BottleneckParams)
		params.Width, params.SelectiveKernels = want.width, want.selective
		b, err := f.New(params, 224, 3)
		if err != nil {
			t.Fatal(err)
		}
		if n := (countParameters(t, b, 224) + 500_000) / 1_000_000; n != want.millions {
			t.Errorf("%s ×%v, selective kernels %v: %d million parameters, want %d",
				want.name, want.width, want.selective, n, want.millions)
		}
	}
}

func TestFrozenPatchEmbeddingIsNotTrainable(t *testing.T) {
	f := factory(t, "vit")
	params := f.Defaults().(*ViTParams)
	smallViT(params)
	params.FreezePatchEmbedding = true
	frozen, err := f.New(params, 32, 3)
	if err != nil {
		t.Fatal(err)
	}
	params.FreezePatchEmbedding = false
	free, err := f.New(params, 32, 3)
	if err != nil {
		t.Fatal(err)
	}
	patch := 8*8*3*32 + 32
	if n, all := countParameters(t, frozen, 32), countParameters(t, free, 32); all-n != patch {
		t.Errorf("%d of %d parameters are trainable, want all but the %d of the patch embedding", n, all, patch)
	}
}

// countParameters counts the trainable ones.
func countParameters(t *testing.T, b framework.Backbone, inputSize int) int {
	t.Helper()
	n := 0
	for v := range started(t, b, shapes.Make(dtypes.Float32, 2, inputSize, inputSize, 3)).IterVariables() {
		if v.Trainable {
			n += v.Shape().Size()
		}
	}
	return n
}

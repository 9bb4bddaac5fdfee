package weights

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/backbones"
	"github.com/kontrast-ml/kontrast/internal/checkpoint"
	"github.com/kontrast-ml/kontrast/internal/testbackend"
	"github.com/kontrast-ml/kontrast/internal/weights/torchlayout"
)

// What is written with PyTorch's names is read as the same backbone with the same weights.
func TestWrittenBackbonesAreReadBack(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(params any)
	}{
		{"resnet50", func(p any) {
			*p.(*backbones.BottleneckParams) = backbones.BottleneckParams{
				ResNetParams: backbones.ResNetParams{Stem: "imagenet", Width: 0.125}, Groups: 4, GroupWidth: 16,
			}
		}},
		{"resnetv2-50", func(p any) {
			p.(*backbones.ResNetV2Params).Width, p.(*backbones.ResNetV2Params).NormGroups = 0.125, 4
		}},
		{"mobilenetv2", func(p any) { p.(*backbones.MobileNetParams).Width = 0.2 }},
		{"mobilenetv3-large", func(p any) { p.(*backbones.MobileNetParams).Width = 0.25 }},
		{"mobilenetv3-small", func(p any) { p.(*backbones.MobileNetParams).Width = 0.25 }},
		{"efficientnet-b0", func(p any) {
			p.(*backbones.EfficientNetParams).Width, p.(*backbones.EfficientNetParams).Depth = 0.2, 0.5
		}},
		{"efficientnet-lite0", func(p any) {
			p.(*backbones.EfficientNetParams).Width, p.(*backbones.EfficientNetParams).Depth = 0.2, 0.5
		}},
		{"convnext-tiny", func(p any) { p.(*backbones.ConvNeXtParams).Width = 0.0625 }},
		{"convnext-small", func(p any) { p.(*backbones.ConvNeXtParams).Width = 0.0625 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			all := backbones.Builtin()
			f := all[slices.IndexFunc(all, func(f backbones.Factory) bool { return f.Name == c.name })]
			params := f.Defaults()
			c.change(params)
			const size = 64
			made, err := f.New(params, size, 3)
			if err != nil {
				t.Fatal(err)
			}
			store, g := model.NewStore(), graph.NewGraph(testbackend.New(t), "write")
			store.SetTraining(g, false)
			made.Embed(store.RootScope(), graph.Parameter(g, "images", shapes.Make(dtypes.Float32, 1, size, size, 3)))
			written := map[string]*tensors.Tensor{}
			variables := map[string][]int{}
			for v := range store.IterVariables() {
				if v.DType() == dtypes.Float32 {
					name, value := torchlayout.Convert(v.Path()[1:], v.MustValue())
					written[name], variables[v.Path()[1:]] = value, v.Shape().Dimensions
				}
			}
			path := filepath.Join(t.TempDir(), "backbone.safetensors")
			if err := checkpoint.Save(path, &checkpoint.Checkpoint{Tensors: written, Info: map[string]string{}}); err != nil {
				t.Fatal(err)
			}
			source, err := Open(path, "", "")
			if err != nil {
				t.Fatal(err)
			}
			defer source.Close()
			is, err := source.Backbone()
			if err != nil {
				t.Fatal(err)
			}
			if is.Name != c.name {
				t.Errorf("read as %s", is)
			}
			fitted, err := source.Fit(variables)
			if err != nil {
				t.Fatal(err)
			}
			if fitted.Taken != len(variables) || len(fitted.LeftOut) > 0 {
				t.Errorf("%d of %d tensors taken, left out: %v", fitted.Taken, len(variables), fitted.LeftOut)
			}
			for v := range store.IterVariables() {
				if value := fitted.Values[v.Path()[1:]]; value != nil && !value.Equal(v.MustValue()) {
					t.Errorf("%s has another value", v.Path())
				}
			}
		})
	}
}

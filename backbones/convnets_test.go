package backbones

import (
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/internal/golden"
	"github.com/kontrast-ml/kontrast/internal/testbackend"
	"github.com/kontrast-ml/kontrast/internal/torchref"
)

// observed is a backbone that tells of intermediate outputs.
type observed interface {
	framework.Backbone
	embed(scope *model.Scope, x *graph.Node, observe observer) *graph.Node
}

// checkConvNets compares the cases of a family with the networks that they describe.
func checkConvNets(t *testing.T, family string, network func(t *testing.T, ref *golden.Case) observed) {
	file := golden.Load(t, family)
	for i := range file.Cases {
		ref := &file.Cases[i]
		t.Run(ref.Name, func(t *testing.T) {
			torchref.Check{Case: ref, Path: slashed, Build: build(network(t, ref).embed)}.Run(t, testbackend.New(t))
		})
	}
}

// made returns the network of a factory with changed parameters.
func made[P any](t *testing.T, name string, size int, change func(params *P)) observed {
	t.Helper()
	f := factory(t, name)
	params := f.Defaults().(*P)
	change(params)
	b, err := f.New(params, size, 3)
	if err != nil {
		t.Fatal(err)
	}
	return b.(observed)
}

func TestResNetV2MatchesTimm(t *testing.T) {
	checkConvNets(t, "backbone_resnetv2", func(t *testing.T, ref *golden.Case) observed {
		return &resNetV2{
			ResNetV2Params: ResNetV2Params{Width: golden.Decode[float64](t, ref.Params, "width"), NormGroups: 32},
			blocks:         golden.Decode[[]int](t, ref.Params, "blocks"), imagenet: true,
		}
	})
}

func TestMobileNetsMatchTheirReferences(t *testing.T) {
	checkConvNets(t, "backbone_mobilenetv2", func(t *testing.T, ref *golden.Case) observed {
		return made(t, "mobilenetv2", 224, func(p *MobileNetParams) {
			p.Width = golden.Decode[float64](t, ref.Params, "width")
		})
	})
	checkConvNets(t, "backbone_mobilenetv3", func(t *testing.T, ref *golden.Case) observed {
		return made(t, "mobilenetv3-"+golden.Decode[string](t, ref.Params, "size"), 224, func(p *MobileNetParams) {
			p.Width = golden.Decode[float64](t, ref.Params, "width")
		})
	})
}

func TestEfficientNetsMatchTimm(t *testing.T) {
	checkConvNets(t, "backbone_efficientnet", func(t *testing.T, ref *golden.Case) observed {
		return made(t, "efficientnet-"+golden.Decode[string](t, ref.Params, "kind")+"0", 224, func(p *EfficientNetParams) {
			p.Width = golden.Decode[float64](t, ref.Params, "width")
			p.Depth = golden.Decode[float64](t, ref.Params, "depth")
			p.Padding = golden.Decode[string](t, ref.Params, "padding")
			p.Epsilon = golden.Decode[float64](t, ref.Params, "epsilon")
		})
	})
}

func TestConvNeXtMatchesTimm(t *testing.T) {
	checkConvNets(t, "backbone_convnext", func(t *testing.T, ref *golden.Case) observed {
		return &convNeXt{
			patch: golden.Decode[int](t, ref.Params, "patch"), widths: golden.Decode[[]int](t, ref.Params, "dims"),
			blocks: golden.Decode[[]int](t, ref.Params, "blocks"), layerScale: 1,
		}
	})
}

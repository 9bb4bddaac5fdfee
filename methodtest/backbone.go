package methodtest

import (
	"cmp"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/backbones"
	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/internal/testbackend"
)

// BackboneOptions say how a backbone is checked.
type BackboneOptions struct {
	// Params are its parameters, a pointer as the factory's Defaults returns; nil
	// for the defaults. Small widths make a quick test.
	Params any
	// Size is the height and width of the images in pixels; 0 means 32.
	Size int
	// Rate is the learning rate of Adam; 0 means 0.003.
	Rate float64
}

// RunBackbone checks a backbone for images by training it with a contrastive loss
// for a few steps, as [Run] checks a method:
//   - its features have the width that FeatureDim says, one row an image;
//   - loss and gradients are finite, a step trains every parameter, and the loss falls;
//   - a step changes nothing else but batch-norm statistics;
//   - a momentum encoder, a second set of its variables, starts as a copy;
//   - the same seed gives the same numbers, bit for bit, also after an interruption.
func RunBackbone(t *testing.T, factory backbones.Factory, options BackboneOptions) {
	t.Helper()
	params := options.Params
	if params == nil {
		params = factory.Defaults()
	}
	size := cmp.Or(options.Size, 32)
	made, err := factory.New(params, size, 3)
	if err != nil {
		t.Fatal(err)
	}
	checkFeatures(t, made, size)
	method := framework.NewFactory(framework.Info{Name: "plain", Recipe: "mocov2"}, struct{}{},
		func(struct{}) (framework.Method, error) { return &plain{width: 16}, nil })
	check(t, method, Options{Changes: []string{"/momentum/"}, Rate: options.Rate}, family{
		name: factory.Name, made: made, size: size, trained: true, oneSize: true,
	})
}

// checkFeatures embeds two batches.
func checkFeatures(t testing.TB, backbone framework.Backbone, size int) {
	t.Helper()
	for _, n := range []int{1, 3} {
		store := model.NewStore()
		defer store.Finalize()
		if err := nn.SetSeed(store, 1); err != nil {
			t.Fatal(err)
		}
		exec := model.MustNewExec(testbackend.New(t), store, func(root *model.Scope, x *graph.Node) *graph.Node {
			return backbone.Embed(root.At("backbone"), x)
		})
		defer exec.Finalize()
		features := exec.MustCall(tensors.FromFlatDataAndDimensions(make([]float32, n*size*size*3), n, size, size, 3))[0]
		if got := features.Shape().Dimensions; len(got) != 2 || got[0] != n || got[1] != backbone.FeatureDim() {
			t.Fatalf("%d images have features of the shape %v, want [%d %d], the number of images and FeatureDim",
				n, got, n, backbone.FeatureDim())
		}
	}
}

// plain is a simple method with a momentum encoder, to train backbones by.
type plain struct{ width int }

func (m *plain) Positives(s *framework.Step) []framework.Pair {
	anchor := m.embed(s, s.Online(), 0) // first, so that there are variables to follow
	encoder := s.MomentumEncoder()
	encoder.Follow(s.Constant(0.9))
	return []framework.Pair{{Anchor: anchor, Positive: graph.StopGradient(m.embed(s, encoder.Scope(), 1))}}
}

func (m *plain) embed(s *framework.Step, encoder *model.Scope, view int) *graph.Node {
	return nn.L2Normalize(
		nn.Linear(encoder.At("projector"), s.Backbone(encoder, s.Views[view]), m.width, nn.LinearConfig{}),
	)
}

func (m *plain) Negatives(_ *framework.Step, pairs []framework.Pair) *framework.Negatives {
	return framework.OtherPositives(pairs)
}

func (m *plain) Loss(s *framework.Step, pairs []framework.Pair, negatives *framework.Negatives) *graph.Node {
	return framework.InfoNCE(pairs, negatives, s.Constant(0.2))
}

func (m *plain) Update(*framework.Step, []framework.Pair) {}

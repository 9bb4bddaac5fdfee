// Package simmim is SimMIM, a simple framework for masked image modeling (Xie,
// Zhang, Cao, Lin, Bao, Yao, Dai and Hu, CVPR 2022, arXiv:2111.09886): a linear
// layer predicts the pixels of masked patches. It contrasts nothing; it is here
// to be compared with.
package simmim

import (
	"embed"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/framework/optim"
)

// Params are the hyperparameters of SimMIM.
type Params struct {
	Masked float64 `yaml:"masked" range:"(0,1)"`
}

//go:embed presets
var files embed.FS

// Factory registers SimMIM.
var Factory = framework.NewFactory(framework.Info{
	Name:  "simmim",
	Title: "SimMIM",
	Paper: "Xie, Zhang, Cao, Lin, Bao, Yao, Dai and Hu: SimMIM: A Simple Framework for Masked Image Modeling. CVPR " +
		"2022, arXiv:2111.09886",
	Change: "nothing is contrasted: a vision transformer and a linear layer restore the pixels of masked patches",
	Hooks: framework.Hooks{
		Positives: "the pixels of a masked patch; the anchor is what is predicted of them from the other patches",
		Negatives: "none",
		Loss:      "mean absolute difference of the pixels of masked patches",
		Update:    "nothing",
	},
	Patches: true,
	Recipe:  "simmim",
	Presets: framework.Presets(files, "presets"),
}, Params{Masked: 0.6}, New)

// New returns SimMIM with those hyperparameters.
func New(p Params) (framework.Method, error) { return &method{Params: p}, nil }

type method struct {
	Params
	fixed func(*framework.Step) *graph.Node // patches to mask in place of random ones; nil for none
}

const embedded = "features" // the kept features of the images

// Positives pairs predictions and pixels of the masked patches, [N·M, side·side·C] each.
func (m *method) Positives(s *framework.Step) []framework.Pair {
	masked := m.masked(s)
	pixels := s.Pixels(s.Views[0])
	tokens := s.EmbedPatches(s.Online(), s.Views[0], framework.Masking{
		Masked: framework.MaskOf(masked, pixels.Shape().Dim(1)),
		Token:  s.MaskToken(s.Online(), nn.TruncatedNormal(0.02)),
	})
	s.Keep(embedded, tokens.Features)
	pixels = rows(framework.TakePatches(pixels, masked))
	decoder := nn.LinearConfig{Weight: nn.TruncatedNormal(0.02), Bias: nn.Zeros}
	predicted := nn.Linear(
		s.Online().At("decoder"), rows(framework.TakePatches(tokens.Patches, masked)), pixels.Shape().Dim(1), decoder,
	)
	return []framework.Pair{{Anchor: predicted, Positive: pixels}}
}

func (m *method) Negatives(*framework.Step, []framework.Pair) *framework.Negatives { return nil }

func (m *method) Loss(_ *framework.Step, pairs []framework.Pair, _ *framework.Negatives) *graph.Node {
	return graph.ReduceAllMean(graph.Abs(graph.Sub(pairs[0].Anchor, pairs[0].Positive)))
}

func (m *method) Update(*framework.Step, []framework.Pair) {}

// masked are the patches that are masked, [N, M].
func (m *method) masked(s *framework.Step) *graph.Node {
	if m.fixed != nil {
		return m.fixed(s)
	}
	_, masked := s.RandomPatches(s.Views[0], m.Masked)
	return masked
}

// Adjust implements [framework.ParameterAdjuster]: the class token and learned
// positions are not decayed, as in the official code.
func (m *method) Adjust(_ *framework.Step, parameter *optim.Param) {
	if optim.IsClassOrPosition(parameter.Var) {
		parameter.NoDecay = true
	}
}

// Watched implements [framework.CollapseWatcher]: the images' features. There is
// no other view to compare them with.
func (m *method) Watched(s *framework.Step, _ []framework.Pair) framework.Pair {
	features := nn.L2Normalize(s.Kept(embedded)[0])
	return framework.Pair{Anchor: features, Positive: features}
}

func rows(x *graph.Node) *graph.Node { return graph.Reshape(x, -1, x.Shape().Dim(-1)) }

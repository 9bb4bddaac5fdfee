// Package barlowtwins is Barlow Twins, self-supervised learning via redundancy
// reduction (Zbontar, Jing, Misra, LeCun and Deny, ICML 2021, arXiv:2103.03230).
package barlowtwins

import (
	"embed"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/loss"
	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/framework/optim"
)

// Params are the hyperparameters of Barlow Twins.
type Params struct {
	Lambda     float64 `yaml:"lambda" range:"[0,inf)"`
	Scale      float64 `yaml:"scale" range:"(0,inf)"`
	HeadLayers int     `yaml:"head_layers" range:"[1,10]"`
	HiddenDim  int     `yaml:"hidden_dim" range:"[1,inf)"`
	OutputDim  int     `yaml:"output_dim" range:"[2,inf)"`
	// BiasLRScale has a use where the optimizer is LARS, which leaves biases and norms alone.
	BiasLRScale float64 `yaml:"bias_lr_scale" range:"(0,inf)"`
}

//go:embed presets
var files embed.FS

// Factory registers Barlow Twins.
var Factory = framework.NewFactory(framework.Info{
	Name:  "barlowtwins",
	Title: "Barlow Twins",
	Paper: "Zbontar, Jing, Misra, LeCun and Deny: Barlow Twins: Self-Supervised Learning via Redundancy Reduction. " +
		"ICML 2021, arXiv:2103.03230",
	From: []string{"byol"},
	Change: "no predictor, momentum encoder or stop-gradient: features that don't correlate prevent collapse; BYOL's " +
		"views",
	Hooks: framework.Hooks{
		Positives: "the other view of the sample",
		Negatives: "none",
		Loss:      "squared distance of the views' cross-correlation matrix from the identity",
		Update:    "nothing",
	},
	Recipe:  "byol",
	Mixing:  &framework.Mixing{},
	Presets: framework.Presets(files, "presets"),
}, Params{Lambda: 0.0051, Scale: 1, HeadLayers: 2, HiddenDim: 2048, OutputDim: 2048, BiasLRScale: 1}, New)

// New returns Barlow Twins with those hyperparameters.
func New(p Params) (framework.Method, error) { return &method{p}, nil }

type method struct{ Params }

func (m *method) Positives(s *framework.Step) []framework.Pair {
	encoder := nn.WithBatchGroups(s.Online(), 2) // each view has its own batch statistics
	head := framework.Head{Layers: m.HeadLayers, Hidden: m.HiddenDim, Out: m.OutputDim}
	z := framework.Split(head.Embed(encoder.At("projector"), s.EmbedViews(encoder, s.Views[:2]...)), 2)
	return []framework.Pair{{Anchor: z[0], Positive: z[1]}}
}

func (m *method) Negatives(*framework.Step, []framework.Pair) *framework.Negatives { return nil }

func (m *method) Loss(_ *framework.Step, pairs []framework.Pair, _ *framework.Negatives) *graph.Node {
	correlation := framework.MeanOver(pairs, func(_ int, pair framework.Pair) *graph.Node {
		return loss.BarlowTwins(pair.Anchor, pair.Positive, m.Lambda)
	})
	return graph.MulScalar(correlation, m.Scale)
}

func (m *method) Update(*framework.Step, []framework.Pair) {}

// Adjust implements [framework.ParameterAdjuster].
func (m *method) Adjust(_ *framework.Step, parameter *optim.Param) {
	if optim.IsBiasOrNorm(parameter.Var) {
		parameter.LRScale = m.BiasLRScale
	}
}

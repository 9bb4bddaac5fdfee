// Package vicreg is VICReg, variance-invariance-covariance regularization
// (Bardes, Ponce and LeCun, ICLR 2022, arXiv:2105.04906).
package vicreg

import (
	"embed"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/loss"
	"github.com/kontrast-ml/kontrast/framework/nn"
)

// Params are the hyperparameters of VICReg.
type Params struct {
	Invariance float64 `yaml:"invariance" range:"[0,inf)"`
	Variance   float64 `yaml:"variance" range:"[0,inf)"`
	Covariance float64 `yaml:"covariance" range:"[0,inf)"`
	Variances  string  `yaml:"variances" oneof:"mean,sum"`
	HeadLayers int     `yaml:"head_layers" range:"[1,10]"`
	HiddenDim  int     `yaml:"hidden_dim" range:"[1,inf)"`
	OutputDim  int     `yaml:"output_dim" range:"[2,inf)"`
}

//go:embed presets
var files embed.FS

// Factory registers VICReg.
var Factory = framework.NewFactory(framework.Info{
	Name:  "vicreg",
	Title: "VICReg",
	Paper: "Bardes, Ponce and LeCun: VICReg: Variance-Invariance-Covariance Regularization for Self-Supervised " +
		"Learning. ICLR 2022, arXiv:2105.04906",
	From: []string{"barlowtwins"},
	Change: "a distance of the views, and for each view by itself covariances and a least variance, instead of the " +
		"cross-correlation",
	Hooks: framework.Hooks{
		Positives: "the other view of the sample",
		Negatives: "none",
		Loss:      "distance of the views, standard deviations below 1, covariances of features",
		Update:    "nothing",
	},
	Recipe:  "byol",
	Mixing:  &framework.Mixing{},
	Presets: framework.Presets(files, "presets"),
}, Params{
	Invariance: 1, Variance: 1, Covariance: 0.04, Variances: "mean", HeadLayers: 3, HiddenDim: 2048, OutputDim: 2048,
}, New)

// New returns VICReg with those hyperparameters.
func New(p Params) (framework.Method, error) { return &method{p}, nil }

type method struct{ Params }

func (m *method) Positives(s *framework.Step) []framework.Pair {
	encoder := nn.WithBatchGroups(s.Online(), 2) // each view has its own batch statistics
	head := framework.Head{Layers: m.HeadLayers, Hidden: m.HiddenDim, Out: m.OutputDim, HiddenBias: true}
	z := framework.Split(head.Embed(encoder.At("projector"), s.EmbedViews(encoder, s.Views[:2]...)), 2)
	return []framework.Pair{{Anchor: z[0], Positive: z[1]}}
}

func (m *method) Negatives(*framework.Step, []framework.Pair) *framework.Negatives { return nil }

func (m *method) Loss(_ *framework.Step, pairs []framework.Pair, _ *framework.Negatives) *graph.Node {
	weights := loss.VICRegWeights{Invariance: m.Invariance, Variance: m.Variance, Covariance: m.Covariance}
	if m.Variances == "sum" {
		weights.Variance *= 2
	}
	return framework.MeanOver(pairs, func(_ int, pair framework.Pair) *graph.Node {
		return loss.VICReg(pair.Anchor, pair.Positive, weights)
	})
}

func (m *method) Update(*framework.Step, []framework.Pair) {}

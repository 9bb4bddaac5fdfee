// Package supcon is supervised contrastive learning (Khosla, Teterwak, Wang,
// Sarna, Tian, Isola, Maschinot, Liu and Krishnan, NeurIPS 2020,
// arXiv:2004.11362). It alone of the methods learns from labels.
package supcon

import (
	"embed"
	"math"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/loss"
	"github.com/kontrast-ml/kontrast/framework/nn"
)

// Params are the hyperparameters of SupCon.
type Params struct {
	Temperature     float64 `yaml:"temperature" range:"(0,inf)"`
	BaseTemperature float64 `yaml:"base_temperature" range:"(0,inf)"`
	Average         string  `yaml:"average" oneof:"outside,inside"`
	HiddenDim       int     `yaml:"hidden_dim" range:"[0,inf)"`
	OutputDim       int     `yaml:"output_dim" range:"[1,inf)"`
}

//go:embed presets
var files embed.FS

// Factory registers SupCon.
var Factory = framework.NewFactory(framework.Info{
	Name:  "supcon",
	Title: "SupCon",
	Paper: "Khosla, Teterwak, Wang, Sarna, Tian, Isola, Maschinot, Liu and Krishnan: Supervised Contrastive Learning. " +
		"NeurIPS 2020, arXiv:2004.11362",
	From:   []string{"simclr"},
	Change: "samples with the anchor's label are positives too, not negatives",
	Hooks: framework.Hooks{
		Positives: "all views of all samples of the batch with the same label",
		Negatives: "the views of samples with other labels",
		Loss:      "InfoNCE, averaged over an anchor's positives outside the logarithm, or inside",
		Update:    "nothing",
	},
	Supervised: true,
	Recipe:     "supcon",
	Mixing:     &framework.Mixing{UnitPairs: true, UnitLoss: true, Contrasts: true},
	Presets:    framework.Presets(files, "presets"),
}, Params{Temperature: 0.5, BaseTemperature: 0.07, Average: "outside", OutputDim: 128}, New)

// New returns SupCon with those hyperparameters.
func New(p Params) (framework.Method, error) { return &method{p}, nil }

type method struct{ Params }

// Positives pairs the views of a sample; the loss finds the other positives by their labels.
func (m *method) Positives(s *framework.Step) []framework.Pair {
	head := framework.Head{
		Layers: 2, Hidden: m.HiddenDim, Out: m.OutputDim, HiddenBias: true, OutputBias: true, NoNorm: true,
	}
	features := s.EmbedViews(s.Online(), s.Views[:2]...)
	z := framework.Split(nn.L2Normalize(head.Embed(s.Online().At("projector"), features)), 2)
	return []framework.Pair{{Anchor: z[0], Positive: z[1]}, {Anchor: z[1], Positive: z[0]}}
}

func (m *method) Negatives(s *framework.Step, pairs []framework.Pair) *framework.Negatives {
	return framework.OtherLabels(pairs, s.Labels)
}

func (m *method) Loss(s *framework.Step, pairs []framework.Pair, negatives *framework.Negatives) *graph.Node {
	views := framework.DistinctEmbeddings(pairs)
	return framework.MeanOver(pairs, func(i int, pair framework.Pair) *graph.Node {
		return loss.SupCon(pair.Anchor, views, s.Labels, negatives.Similarities(i, pair.Anchor),
			s.Constant(m.Temperature), s.Constant(m.BaseTemperature), m.Average == "inside")
	})
}

func (m *method) Update(*framework.Step, []framework.Pair) {}

// LossAtChance implements [framework.ChanceLosser]: the cross entropy is scaled by both temperatures.
func (m *method) LossAtChance(negatives int) float64 {
	return m.Temperature / m.BaseTemperature * math.Log(float64(negatives+1))
}

// Package dcl is decoupled contrastive learning (Yeh, Hong, Hsu, Liu, Chen and
// LeCun, ECCV 2022, arXiv:2110.06848).
package dcl

import (
	"embed"
	"math"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/loss"
	"github.com/kontrast-ml/kontrast/framework/nn"
)

// Params are the hyperparameters of DCL.
type Params struct {
	Temperature float64 `yaml:"temperature" range:"(0,inf)"`
	Weighted    bool    `yaml:"weighted"`
	Sigma       float64 `yaml:"sigma" range:"(0,inf)"`
	HiddenDim   int     `yaml:"hidden_dim" range:"[0,inf)"`
	OutputDim   int     `yaml:"output_dim" range:"[1,inf)"`
}

//go:embed presets
var files embed.FS

// Factory registers DCL.
var Factory = framework.NewFactory(framework.Info{
	Name:   "dcl",
	Title:  "DCL",
	Paper:  "Yeh, Hong, Hsu, Liu, Chen and LeCun: Decoupled Contrastive Learning. ECCV 2022, arXiv:2110.06848",
	From:   []string{"simclr"},
	Change: "the positive is no longer in the denominator of the loss",
	Hooks: framework.Hooks{
		Positives: "the other view of the sample",
		Negatives: "both views of the rest of the batch",
		Loss:      "InfoNCE without the positive in the denominator; DCLW weighs the positives",
		Update:    "nothing",
	},
	Recipe:  "simclr",
	Mixing:  &framework.Mixing{UnitPairs: true, UnitLoss: true, Contrasts: true},
	Presets: framework.Presets(files, "presets"),
}, Params{Temperature: 0.1, Sigma: 0.5, OutputDim: 128}, New)

// New returns DCL with those hyperparameters.
func New(p Params) (framework.Method, error) { return &method{p}, nil }

type method struct{ Params }

func (m *method) Positives(s *framework.Step) []framework.Pair {
	head := framework.Head{Layers: 2, Hidden: m.HiddenDim, Out: m.OutputDim, OutputNorm: &nn.BatchNormConfig{NoBias: true}}
	features := s.EmbedViews(s.Online(), s.Views[:2]...)
	z := framework.Split(nn.L2Normalize(head.Embed(s.Online().At("projector"), features)), 2)
	return []framework.Pair{{Anchor: z[0], Positive: z[1]}, {Anchor: z[1], Positive: z[0]}}
}

func (m *method) Negatives(_ *framework.Step, pairs []framework.Pair) *framework.Negatives {
	return framework.RestOfBatch(pairs)
}

func (m *method) Loss(s *framework.Step, pairs []framework.Pair, negatives *framework.Negatives) *graph.Node {
	temperature := s.Constant(m.Temperature)
	return framework.MeanOver(pairs, func(i int, pair framework.Pair) *graph.Node {
		far := negatives.Similarities(i, pair.Anchor)
		if m.Weighted {
			return loss.DCLW(pair.Anchor, pair.Positive, far, temperature, m.Sigma)
		}
		return loss.DCL(pair.Anchor, pair.Positive, far, temperature)
	})
}

func (m *method) Update(*framework.Step, []framework.Pair) {}

// LossAtChance implements [framework.ChanceLosser]: the positive is not among what it is told from.
func (m *method) LossAtChance(negatives int) float64 { return math.Log(float64(negatives)) }

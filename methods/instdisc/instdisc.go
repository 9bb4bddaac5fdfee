// Package instdisc is InstDisc, unsupervised feature learning via
// non-parametric instance discrimination (Wu, Xiong, Yu and Lin, CVPR 2018,
// arXiv:1805.01978).
package instdisc

import (
	"embed"
	"math"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/loss"
	"github.com/kontrast-ml/kontrast/framework/nn"
)

// Params are the hyperparameters of InstDisc.
type Params struct {
	Temperature  float64 `yaml:"temperature" range:"(0,inf)"`
	Negatives    int     `yaml:"negatives" range:"[0,inf)"`
	BankMomentum float64 `yaml:"bank_momentum" range:"[0,1)"`
	Proximal     float64 `yaml:"proximal" range:"[0,inf)"`
	OutputDim    int     `yaml:"output_dim" range:"[1,inf)"`
}

//go:embed presets
var files embed.FS

// Factory registers InstDisc.
var Factory = framework.NewFactory(framework.Info{
	Name:  "instdisc",
	Title: "InstDisc",
	Paper: "Wu, Xiong, Yu and Lin: Unsupervised Feature Learning via Non-Parametric Instance Discrimination. CVPR " +
		"2018, arXiv:1805.01978",
	Change: "every image is a class of its own, told from all others by a memory bank instead of a classifier",
	Hooks: framework.Hooks{
		Positives: "the sample's own entry in the memory bank",
		Negatives: "entries drawn from the bank, or all others",
		Loss:      "noise-contrastive estimation, or a softmax over the bank",
		Update:    "the bank entries of the batch move toward the embeddings",
	},
	Recipe:  "instdisc",
	Mixing:  &framework.Mixing{UnitLoss: true, Contrasts: true, Keeps: framework.HookPositives | framework.HookNegatives},
	Presets: framework.Presets(files, "presets"),
}, Params{Temperature: 0.1, BankMomentum: 0.5, OutputDim: 128}, New)

// New returns InstDisc with those hyperparameters.
func New(p Params) (framework.Method, error) { return &method{p}, nil }

type method struct{ Params }

func (m *method) Positives(s *framework.Step) []framework.Pair {
	encoder := s.Online()
	head := framework.Head{Layers: 1, Out: m.OutputDim, OutputBias: true}
	x := nn.L2Normalize(head.Embed(encoder.At("projector"), s.Backbone(encoder, s.Views[0])))
	return []framework.Pair{{Anchor: x, Positive: m.bank(s).Own()}}
}

func (m *method) Negatives(s *framework.Step, _ []framework.Pair) *framework.Negatives {
	bank := m.bank(s)
	if m.Params.Negatives == 0 {
		return framework.OthersOf(bank)
	}
	return &framework.Negatives{Keys: []*graph.Node{bank.Entries()}, Chosen: bank.Draw(m.Params.Negatives)}
}

func (m *method) Loss(s *framework.Step, pairs []framework.Pair, negatives *framework.Negatives) *graph.Node {
	temperature := s.Constant(m.Temperature)
	return framework.MeanOver(pairs, func(i int, pair framework.Pair) *graph.Node {
		logits := loss.InfoNCELogits(pair.Anchor, pair.Positive, negatives.Similarities(i, pair.Anchor), temperature)
		var total *graph.Node
		if m.Params.Negatives == 0 {
			total = loss.CrossEntropyFirst(logits)
		} else {
			total = loss.NCE(logits, s.LogPartition("log_partition", logits), s.Samples)
		}
		if m.Proximal > 0 {
			total = graph.Add(total, graph.MulScalar(loss.Proximal(pair.Anchor, pair.Positive), m.Proximal))
		}
		return total
	})
}

func (m *method) Update(s *framework.Step, pairs []framework.Pair) {
	m.bank(s).Follow(pairs[0].Anchor, m.BankMomentum)
}

func (m *method) bank(s *framework.Step) *framework.Bank { return s.Bank("bank", m.OutputDim) }

// LossAtChance implements [framework.ChanceLosser]: noise-contrastive
// estimation with an estimated normalizer has no such number.
func (m *method) LossAtChance(negatives int) float64 {
	if m.Params.Negatives > 0 {
		return 0
	}
	return math.Log(float64(negatives + 1))
}

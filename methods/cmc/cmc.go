// Package cmc is contrastive multiview coding of two parts of an image's colors:
// an encoder sees its lightness (L), another its colors (ab), and each finds the
// image's entry in the other's memory bank.
//
// Paper: Tian, Krishnan and Isola: Contrastive Multiview Coding, ECCV 2020,
// arXiv:1906.05849. The encoders are two whole backbones, where the paper's AlexNet
// is split in halves; what is evaluated is both, their features one after the other.
package cmc

import (
	"embed"
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/framework/loss"
	"github.com/kontrast-ml/kontrast/framework/nn"
)

// Params are the hyperparameters of CMC.
type Params struct {
	Temperature  float64 `yaml:"temperature" range:"(0,inf)"`
	Negatives    int     `yaml:"negatives" range:"[1,inf)"`
	BankMomentum float64 `yaml:"bank_momentum" range:"[0,1)"`
	Softmax      bool    `yaml:"softmax"`
	OutputDim    int     `yaml:"output_dim" range:"[1,inf)"`
}

//go:embed presets
var files embed.FS

// Factory registers CMC.
var Factory = framework.NewFactory(framework.Info{
	Name:  "cmc",
	Title: "CMC",
	Paper: "Tian, Krishnan and Isola: Contrastive Multiview Coding. ECCV 2020, arXiv:1906.05849",
	From:  []string{"instdisc"},
	Change: "the views are the lightness and the colors of one image, each with an encoder and a memory bank, in which " +
		"the other finds it",
	Hooks: framework.Hooks{
		Positives: "the sample's entry in the memory bank of the other part of the colors",
		Negatives: "entries drawn from that bank",
		Loss:      "noise-contrastive estimation, or InfoNCE, of both parts",
		Update:    "the entries of the batch in both banks move toward the embeddings",
	},
	Recipe:  "cmc",
	Presets: framework.Presets(files, "presets"),
}, Params{Temperature: 0.07, Negatives: 1024, BankMomentum: 0.5, Softmax: true, OutputDim: 128}, New)

// New returns CMC with those hyperparameters.
func New(p Params) (framework.Method, error) { return &method{Params: p}, nil }

type method struct {
	Params
	fixed func(s *framework.Step) *graph.Node // negatives in place of drawn ones; nil for none
}

// AdaptBackbone implements [framework.BackboneAdapter].
func (m *method) AdaptBackbone(backbone framework.Backbone, images data.Normalization) framework.Backbone {
	return twoColors{backbone, images}
}

// Positives are of L with the bank of ab, and of ab with that of L.
func (m *method) Positives(s *framework.Step) []framework.Pair {
	encoder, head := s.Online(), framework.Head{Layers: 1, Out: m.OutputDim, OutputBias: true}
	features, half := s.Backbone(encoder, s.Views[0]), s.FeatureDim()/2
	l := graph.Slice(features, graph.AxisRange(), graph.AxisRangeFromStart(half))
	ab := graph.Slice(features, graph.AxisRange(), graph.AxisRangeToEnd(half))
	l = nn.L2Normalize(head.Embed(encoder.At("l_projector"), l))
	ab = nn.L2Normalize(head.Embed(encoder.At("ab_projector"), ab))
	return []framework.Pair{{Anchor: l, Positive: m.bank(s, "ab").Own()}, {Anchor: ab, Positive: m.bank(s, "l").Own()}}
}

// Negatives are the same samples in both banks.
func (m *method) Negatives(s *framework.Step, _ []framework.Pair) *framework.Negatives {
	l, ab := m.bank(s, "l"), m.bank(s, "ab")
	return &framework.Negatives{Keys: []*graph.Node{ab.Entries(), l.Entries()}, Chosen: m.draw(s, l)}
}

// Loss is the sum of both directions.
func (m *method) Loss(s *framework.Step, pairs []framework.Pair, negatives *framework.Negatives) *graph.Node {
	of := func(i int, partition string) *graph.Node {
		similarities := negatives.Similarities(i, pairs[i].Anchor)
		logits := loss.InfoNCELogits(pairs[i].Anchor, pairs[i].Positive, similarities, s.Constant(m.Temperature))
		if m.Softmax {
			return loss.CrossEntropyFirst(logits)
		}
		return loss.NCE(logits, s.LogPartition(partition, logits), s.Samples)
	}
	return graph.Add(of(0, "l_log_partition"), of(1, "ab_log_partition"))
}

// Update moves the entries of both banks.
func (m *method) Update(s *framework.Step, pairs []framework.Pair) {
	m.bank(s, "l").Follow(pairs[0].Anchor, m.BankMomentum)
	m.bank(s, "ab").Follow(pairs[1].Anchor, m.BankMomentum)
}

// LossAtChance implements [framework.ChanceLosser]: of the sum of both; noise-contrastive
// estimation with an estimated normalizer has no such number.
func (m *method) LossAtChance(negatives int) float64 {
	if !m.Softmax {
		return 0
	}
	return 2 * math.Log(float64(negatives+1))
}

func (m *method) bank(s *framework.Step, name string) *framework.Bank {
	return s.Bank(name+"_bank", m.OutputDim)
}

func (m *method) draw(s *framework.Step, bank *framework.Bank) *graph.Node {
	if m.fixed != nil {
		return graph.ConvertDType(m.fixed(s), dtypes.Int32)
	}
	return bank.Draw(m.Params.Negatives)
}

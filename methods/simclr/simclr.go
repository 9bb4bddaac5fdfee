// Package simclr is SimCLR, a simple framework for contrastive learning of
// visual representations (Chen, Kornblith, Norouzi and Hinton, ICML 2020,
// arXiv:2002.05709), and its second version (Chen, Kornblith, Swersky, Norouzi
// and Hinton, NeurIPS 2020, arXiv:2006.10029).
package simclr

import (
	"embed"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/nn"
)

// Params are the hyperparameters of SimCLR.
type Params struct {
	Temperature float64 `yaml:"temperature" range:"(0,inf)"`
	HiddenDim   int     `yaml:"hidden_dim" range:"[0,inf)"`
	OutputDim   int     `yaml:"output_dim" range:"[1,inf)"`
	HeadLayers  int     `yaml:"head_layers" range:"[1,10]"`
	BatchNorm   string  `yaml:"batch_norm" oneof:"joint,per-view"`
	OutputBias  bool    `yaml:"output_bias"`
}

//go:embed presets
var files embed.FS

// Factory registers SimCLR.
var Factory = framework.NewFactory(framework.Info{
	Name:  "simclr",
	Title: "SimCLR",
	Paper: "Chen, Kornblith, Norouzi and Hinton: A Simple Framework for Contrastive Learning of Visual " +
		"Representations. ICML 2020, arXiv:2002.05709",
	From:   []string{"invaspread", "cpc"},
	Change: "a large batch, of which both views are anchors; CPC's InfoNCE; an MLP head; stronger views",
	Hooks: framework.Hooks{
		Positives: "the other view of the sample",
		Negatives: "both views of the rest of the batch",
		Loss:      "NT-Xent: InfoNCE of cosine similarities over all 2N anchors",
		Update:    "nothing",
	},
	Recipe:  "simclr",
	Mixing:  &framework.Mixing{UnitPairs: true, UnitLoss: true, Contrasts: true},
	Presets: framework.Presets(files, "presets/v1"),
}, Params{Temperature: 0.5, OutputDim: 128, HeadLayers: 2, BatchNorm: "joint"}, New)

// New returns SimCLR with those hyperparameters.
func New(p Params) (framework.Method, error) { return &method{p}, nil }

type method struct{ Params }

func (m *method) Positives(s *framework.Step) []framework.Pair {
	z := m.embed(s, s.Online())
	return []framework.Pair{{Anchor: z[0], Positive: z[1]}, {Anchor: z[1], Positive: z[0]}}
}

func (m *method) Negatives(_ *framework.Step, pairs []framework.Pair) *framework.Negatives {
	return framework.RestOfBatch(pairs)
}

func (m *method) Loss(s *framework.Step, pairs []framework.Pair, negatives *framework.Negatives) *graph.Node {
	return framework.InfoNCE(pairs, negatives, s.Constant(m.Temperature))
}

func (m *method) Update(*framework.Step, []framework.Pair) {}

// embed returns the normalized projections of both views. The head g has batch
// norm after every layer (Chen et al. 2020, §4.2, eq. 2, and the authors' code).
func (m *method) embed(s *framework.Step, encoder *model.Scope) []*graph.Node {
	if m.BatchNorm == "per-view" {
		nn.WithBatchGroups(encoder, 2)
	}
	z := m.head().Embed(encoder.At("projector"), s.EmbedViews(encoder, s.Views[:2]...))
	return framework.Split(nn.L2Normalize(z), 2)
}

func (m *method) head() framework.Head {
	return framework.Head{
		Layers: m.HeadLayers, Hidden: m.HiddenDim, Out: m.OutputDim,
		OutputNorm: &nn.BatchNormConfig{NoBias: !m.OutputBias},
	}
}

// FirstLayer implements [framework.HeadKeeper].
func (m *method) FirstLayer(encoder *model.Scope, features *graph.Node) *graph.Node {
	return m.head().First(encoder.At("projector"), features)
}

// Package simclr is SimCLR, a simple framework for contrastive learning of
// visual representations (Chen, Kornblith, Norouzi and Hinton, ICML 2020,
// arXiv:2002.05709).
package simclr

import (
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/nn"
)

// Params are the hyperparameters of SimCLR.
type Params struct {
	Temperature float64 `yaml:"temperature" doc:"softmax temperature of NT-Xent" range:"(0,inf)" source:"Chen et al. 2020, Table 5; 0.5 for CIFAR-10: Appendix B.9"`
	HiddenDim   int     `yaml:"hidden_dim" doc:"width of the projection head's hidden layer; 0 takes the backbone's feature width" range:"[0,inf)" source:"Chen et al. 2020, §4.2"`
	OutputDim   int     `yaml:"output_dim" doc:"width of the projections" range:"[1,inf)" source:"Chen et al. 2020, §4.2"`
	HeadLayers  int     `yaml:"head_layers" doc:"layers of the projection head" range:"[1,10]" source:"Chen et al. 2020, §4.2: 2; SimCLRv2, arXiv:2006.10029, §3.1: 3"`
	BatchNorm   string  `yaml:"batch_norm" doc:"joint takes batch statistics over both views together, as the authors' code does; per-view over each alone" oneof:"joint,per-view" source:"google-research/simclr, run.py"`
	OutputBias  bool    `yaml:"output_bias" doc:"give the last batch norm of the head an offset; the authors' code does not" source:"google-research/simclr, model_util.py"`
}

// Factory registers SimCLR.
var Factory = framework.NewFactory(framework.Info{
	Name:  "simclr",
	Title: "SimCLR",
	Paper: "Chen, Kornblith, Norouzi and Hinton: A Simple Framework for Contrastive Learning of Visual Representations. ICML 2020, arXiv:2002.05709",
	Hooks: framework.Hooks{
		Positives: "the other view of the sample",
		Negatives: "both views of the rest of the batch",
		Loss:      "NT-Xent: InfoNCE of cosine similarities over all 2N anchors",
		Update:    "nothing",
	},
	Recipe: "simclr",
}, Params{Temperature: 0.5, OutputDim: 128, HeadLayers: 2, BatchNorm: "joint"}, New)

// New returns SimCLR with those hyperparameters.
func New(p Params) (framework.Method, error) { return &method{p}, nil }

type method struct{ Params }

func (m *method) Positives(s *framework.Step) []framework.Pair {
	encoder := s.Online()
	if m.BatchNorm == "per-view" {
		nn.WithBatchGroups(encoder, 2)
	}
	features := s.Backbone(encoder, graph.Concatenate(s.Views[:2], 0))
	z := framework.Split(nn.L2Normalize(m.project(encoder, features)), 2)
	return []framework.Pair{{Anchor: z[0], Positive: z[1]}, {Anchor: z[1], Positive: z[0]}}
}

func (m *method) Negatives(_ *framework.Step, pairs []framework.Pair) *framework.Negatives {
	return framework.RestOfBatch(pairs)
}

func (m *method) Loss(s *framework.Step, pairs []framework.Pair, negatives *framework.Negatives) *graph.Node {
	return framework.InfoNCE(pairs, negatives, s.Constant(m.Temperature))
}

func (m *method) Update(*framework.Step, []framework.Pair) {}

// project is the head g: linear layers, each with batch norm, and ReLU between
// them (Chen et al. 2020, §4.2, eq. 2; batch norm as in the authors' code).
func (m *method) project(encoder *model.Scope, features *graph.Node) *graph.Node {
	hidden := m.HiddenDim
	if hidden == 0 {
		hidden = features.Shape().Dimensions[1]
	}
	layers := make([]nn.MLPLayer, m.HeadLayers)
	for i := range layers {
		layers[i] = nn.MLPLayer{
			Out: hidden, Linear: nn.LinearConfig{NoBias: true}, Norm: &nn.BatchNormConfig{}, Activation: nn.ReLU,
		}
	}
	last := &layers[m.HeadLayers-1]
	last.Out, last.Activation, last.Norm = m.OutputDim, nil, &nn.BatchNormConfig{NoBias: !m.OutputBias}
	return nn.MLP(encoder.At("projector"), features, layers...)
}

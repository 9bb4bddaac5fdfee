// Package moco is Momentum Contrast (MoCo). One view of an image, the query, is
// told from many other images by InfoNCE. The other view, the key, is embedded by
// a momentum encoder, a slowly moving average of the trained one, so that the
// keys of past batches stay comparable and a queue of them can be the negatives.
//
// This file is versions 1 and 2, which differ in the head and the views; v3.go
// is version 3, which has a predictor and takes the batch for its negatives.
//
// Papers: v1 He, Fan, Wu, Xie and Girshick, CVPR 2020, arXiv:1911.05722; v2 Chen,
// Fan, Girshick and He, arXiv:2003.04297; v3 Chen, Xie and He, ICCV 2021, arXiv:2104.02057.
package moco

import (
	"embed"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/nn"
)

// Params are the hyperparameters of MoCo v1 and v2.
type Params struct {
	Temperature     float64 `yaml:"temperature" range:"(0,inf)"`
	EncoderMomentum float64 `yaml:"encoder_momentum" range:"[0,1]"`
	Queue           int     `yaml:"queue" range:"[2,inf)"`
	CutQueue        bool    `yaml:"cut_queue"`
	OutputDim       int     `yaml:"output_dim" range:"[1,inf)"`
	BatchNormSplits int     `yaml:"batch_norm_splits" range:"[1,inf)"`
}

//go:embed presets
var files embed.FS

// V1 registers MoCo v1: a linear head, weaker views.
var V1 = framework.NewFactory(framework.Info{
	Name:  "mocov1",
	Title: "MoCo v1",
	Paper: "He, Fan, Wu, Xie and Girshick: Momentum Contrast for Unsupervised Visual Representation Learning. CVPR " +
		"2020, arXiv:1911.05722",
	From: []string{"instdisc", "cpc"},
	Change: "a queue of keys instead of the memory bank, all embedded by a momentum encoder that moves slowly; CPC's " +
		"InfoNCE; shuffling BN",
	Hooks:   hooks,
	Head:    "a linear layer",
	Recipe:  "mocov1",
	Mixing:  &framework.Mixing{UnitPairs: true, UnitLoss: true, Contrasts: true, Keeps: framework.HookNegatives},
	Presets: framework.Presets(files, "presets/v1"),
}, Params{Temperature: 0.07, EncoderMomentum: 0.99, Queue: 4096, OutputDim: 128, BatchNormSplits: 8}, NewV1)

// V2 registers MoCo v2: the head is an MLP, views are blurred.
var V2 = framework.NewFactory(framework.Info{
	Name:    "mocov2",
	Title:   "MoCo v2",
	Paper:   "Chen, Fan, Girshick and He: Improved Baselines with Momentum Contrastive Learning. 2020, arXiv:2003.04297",
	From:    []string{"mocov1", "simclr"},
	Change:  "SimCLR's MLP head and blurred views, a cosine schedule, more epochs; the queue stays",
	Hooks:   hooks,
	Head:    "an MLP of two layers",
	Recipe:  "mocov2",
	Mixing:  &framework.Mixing{UnitPairs: true, UnitLoss: true, Contrasts: true, Keeps: framework.HookNegatives},
	Presets: framework.Presets(files, "presets/v2"),
}, Params{Temperature: 0.2, EncoderMomentum: 0.99, Queue: 4096, OutputDim: 128, BatchNormSplits: 8}, NewV2)

var hooks = framework.Hooks{
	Positives: "the other view of the sample, embedded by the momentum encoder, which follows the encoder first",
	Negatives: "a queue of such keys from past batches",
	Loss:      "InfoNCE of cosine similarities",
	Update:    "the batch's keys enter the queue",
}

// NewV1 returns MoCo v1 with those hyperparameters.
func NewV1(p Params) (framework.Method, error) { return &method{Params: p, headLayers: 1}, nil }

// NewV2 returns MoCo v2 with those hyperparameters.
func NewV2(p Params) (framework.Method, error) { return &method{Params: p, headLayers: 2}, nil }

type method struct {
	Params
	headLayers int
}

// Positives moves the momentum encoder before it embeds the keys, as the
// authors' code does (facebookresearch/moco, moco/builder.py).
func (m *method) Positives(s *framework.Step) []framework.Pair {
	queries := m.embed(s, s.Online(), s.Views[0])

	momentum := s.MomentumEncoder()
	momentum.Follow(s.Constant(m.EncoderMomentum))
	shuffled, restore := framework.Interleave(s.Views[1], m.BatchNormSplits)
	keys := restore(m.embed(s, momentum.Scope(), shuffled))

	return []framework.Pair{{Anchor: queries, Positive: graph.StopGradient(keys)}}
}

func (m *method) Negatives(s *framework.Step, _ []framework.Pair) *framework.Negatives {
	return &framework.Negatives{Keys: []*graph.Node{m.queue(s).Keys()}}
}

func (m *method) Loss(s *framework.Step, pairs []framework.Pair, negatives *framework.Negatives) *graph.Node {
	return framework.InfoNCE(pairs, negatives, s.Constant(m.Temperature))
}

func (m *method) Update(s *framework.Step, pairs []framework.Pair) {
	m.queue(s).Enqueue(pairs[0].Positive)
}

// embed returns normalized embeddings. The head has no batch norm: a linear
// layer in v1, two with ReLU between them in v2.
func (m *method) embed(s *framework.Step, encoder *model.Scope, images *graph.Node) *graph.Node {
	nn.WithSplitBatchNorm(encoder, m.BatchNormSplits)
	head := framework.Head{Layers: m.headLayers, Out: m.OutputDim, HiddenBias: true, OutputBias: true, NoNorm: true}
	return nn.L2Normalize(head.Embed(encoder.At("projector"), s.Backbone(encoder, images)))
}

// Package mochi is MoCHi, mixing of contrastive hard negatives: MoCo v2, whose
// negatives are joined by points between the hardest keys of the queue, and between
// these and the query.
//
// Paper: Kalantidis, Sariyildiz, Pion, Weinzaepfel and Larlus: Hard Negative Mixing
// for Contrastive Learning, NeurIPS 2020, arXiv:2010.01028.
package mochi

import (
	"embed"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/loss"
	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/framework/optim"
)

// Params are the hyperparameters of MoCHi.
type Params struct {
	Temperature     float64 `yaml:"temperature" range:"(0,inf)"`
	EncoderMomentum float64 `yaml:"encoder_momentum" range:"[0,1]"`
	Queue           int     `yaml:"queue" range:"[2,inf)"`
	Hardest         int     `yaml:"hardest" range:"[2,inf)"`
	Mixed           int     `yaml:"mixed" range:"[1,inf)"`
	MixedWithQuery  int     `yaml:"mixed_with_query" range:"[1,inf)"`
	WarmupEpochs    float64 `yaml:"warmup_epochs" range:"[0,inf)"`
	OutputDim       int     `yaml:"output_dim" range:"[1,inf)"`
	BatchNormSplits int     `yaml:"batch_norm_splits" range:"[1,inf)"`
}

//go:embed presets
var files embed.FS

// Factory registers MoCHi.
var Factory = framework.NewFactory(framework.Info{
	Name:  "mochi",
	Title: "MoCHi",
	Paper: "Kalantidis, Sariyildiz, Pion, Weinzaepfel and Larlus: Hard Negative Mixing for Contrastive Learning. " +
		"NeurIPS 2020, arXiv:2010.01028",
	From:   []string{"mocov2"},
	Change: "the hardest keys of the queue are mixed with each other and with the query: negatives that are harder still",
	Hooks: framework.Hooks{
		Positives: "the other view of the sample, embedded by the momentum encoder, which follows the encoder first",
		Negatives: "a queue of such keys from past batches, and mixtures of those that are nearest to the query",
		Loss:      "InfoNCE of cosine similarities",
		Update:    "the batch's keys enter the queue",
	},
	Recipe:  "mocov2",
	Presets: framework.Presets(files, "presets"),
}, Params{
	Temperature: 0.2, EncoderMomentum: 0.99, Queue: 4096, Hardest: 256, Mixed: 256, MixedWithQuery: 32, WarmupEpochs: 1,
	OutputDim: 128, BatchNormSplits: 8,
}, New)

// New returns MoCHi with those hyperparameters.
func New(p Params) (framework.Method, error) { return &method{Params: p}, nil }

type method struct {
	Params
	fixed func(s *framework.Step, name string) *graph.Node // numbers in [0, 1) in place of random ones; nil for none
}

const mixes = "mixes" // whether negatives are mixed yet

// Schedules implements [framework.Scheduler].
func (m *method) Schedules(length framework.Length) map[string]optim.Schedule {
	return map[string]optim.Schedule{mixes: framework.SwitchOn(m.WarmupEpochs, length)}
}

func (m *method) Positives(s *framework.Step) []framework.Pair {
	queries := m.embed(s, s.Online(), s.Views[0])

	momentum := s.MomentumEncoder()
	momentum.Follow(s.Constant(m.EncoderMomentum))
	shuffled, restore := framework.Interleave(s.Views[1], m.BatchNormSplits)
	keys := restore(m.embed(s, momentum.Scope(), shuffled))

	return []framework.Pair{{Anchor: queries, Positive: graph.StopGradient(keys)}}
}

// Negatives mixes, of the keys that are hardest for a query, two with each other
// (§4.1) and one with the query, of which it has less than half (§4.2).
func (m *method) Negatives(s *framework.Step, pairs []framework.Pair) *framework.Negatives {
	keys, query := m.queue(s).Keys(), graph.StopGradient(pairs[0].Anchor)
	hardest := framework.Hardest(loss.Similarities(query, keys), m.Hardest)
	draw := func(name string, count int) *graph.Node {
		return framework.TakeRows(keys, pick(hardest, m.uniform(s, name, count)))
	}
	mix := func(a, b, share *graph.Node) *graph.Node {
		share = graph.ExpandAxes(share, 2)
		return nn.L2Normalize(graph.Add(graph.Mul(share, a), graph.Mul(graph.OneMinus(share), b)))
	}
	between := mix(draw("first", m.Mixed), draw("second", m.Mixed), m.uniform(s, "alpha", m.Mixed))
	queries := graph.BroadcastToDims(graph.ExpandAxes(query, 1), s.BatchSize(), m.MixedWithQuery, m.OutputDim)
	toward := mix(queries, draw("third", m.MixedWithQuery), graph.MulScalar(m.uniform(s, "beta", m.MixedWithQuery), 0.5))

	negatives := &framework.Negatives{
		Keys: []*graph.Node{keys}, Own: graph.Concatenate([]*graph.Node{between, toward}, 1),
	}
	return negatives.WithoutOwn(graph.LogicalNot(s.Switch(mixes)))
}

func (m *method) Loss(s *framework.Step, pairs []framework.Pair, negatives *framework.Negatives) *graph.Node {
	return framework.InfoNCE(pairs, negatives, s.Constant(m.Temperature))
}

func (m *method) Update(s *framework.Step, pairs []framework.Pair) {
	m.queue(s).Enqueue(pairs[0].Positive)
}

func (m *method) queue(s *framework.Step) *framework.Queue {
	return s.Queue("queue", m.Queue, m.OutputDim)
}

// embed returns normalized embeddings, by MoCo v2's head.
func (m *method) embed(s *framework.Step, encoder *model.Scope, images *graph.Node) *graph.Node {
	nn.WithSplitBatchNorm(encoder, m.BatchNormSplits)
	head := framework.Head{Layers: 2, Out: m.OutputDim, HiddenBias: true, OutputBias: true, NoNorm: true}
	return nn.L2Normalize(head.Embed(encoder.At("projector"), s.Backbone(encoder, images)))
}

// Package tico is TiCo, transformation invariance and covariance contrast (Zhu,
// Moraes, Karakulak, Sobol, Canziani and LeCun, 2022, arXiv:2206.10698).
package tico

import (
	"embed"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/loss"
	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/framework/optim"
)

// Params are the hyperparameters of TiCo.
type Params struct {
	Beta            float64 `yaml:"beta" range:"[0,1)"`
	Rho             float64 `yaml:"rho" range:"[0,inf)"`
	EncoderMomentum float64 `yaml:"encoder_momentum" range:"[0,1]"`
	HiddenDim       int     `yaml:"hidden_dim" range:"[1,inf)"`
	OutputDim       int     `yaml:"output_dim" range:"[1,inf)"`
}

//go:embed presets
var files embed.FS

// Factory registers TiCo.
var Factory = framework.NewFactory(framework.Info{
	Name:  "tico",
	Title: "TiCo",
	Paper: "Zhu, Moraes, Karakulak, Sobol, Canziani and LeCun: TiCo: Transformation Invariance and Covariance Contrast " +
		"for Self-Supervised Visual Representation Learning. 2022, arXiv:2206.10698",
	From:   []string{"mocov2", "barlowtwins"},
	Change: "a moving average of the embeddings' covariance stands for the negatives, as a memory without end",
	Hooks: framework.Hooks{
		Positives: "the other view of the sample, embedded by the momentum encoder, which follows the encoder first",
		Negatives: "none; the covariance of past embeddings stands for them",
		Loss:      "cosine distance of the views, and the embeddings' size along that covariance",
		Update:    "the covariance follows the embeddings",
	},
	Recipe:  "byol",
	Mixing:  &framework.Mixing{Keeps: framework.HookLoss},
	Presets: framework.Presets(files, "presets"),
}, Params{Beta: 0.9, Rho: 8, EncoderMomentum: 0.99, HiddenDim: 1024, OutputDim: 256}, New)

// New returns TiCo with those hyperparameters.
func New(p Params) (framework.Method, error) { return &method{p}, nil }

type method struct{ Params }

const (
	momentumSchedule = "encoder_momentum"
	newCovariance    = "new covariance"
)

// Schedules implements [framework.Scheduler].
func (m *method) Schedules(length framework.Length) map[string]optim.Schedule {
	return map[string]optim.Schedule{momentumSchedule: framework.MomentumToOne(m.EncoderMomentum, length)}
}

func (m *method) Positives(s *framework.Step) []framework.Pair {
	z := m.embed(s, s.Online(), s.Views[0])
	momentum := s.MomentumEncoder()
	momentum.Follow(s.Scalar(momentumSchedule))
	return []framework.Pair{{Anchor: z, Positive: graph.StopGradient(m.embed(s, momentum.Scope(), s.Views[1]))}}
}

func (m *method) Negatives(*framework.Step, []framework.Pair) *framework.Negatives { return nil }

func (m *method) Loss(s *framework.Step, pairs []framework.Pair, _ *framework.Negatives) *graph.Node {
	before := m.covariance(s).NodeValue(s.Graph)
	after := make([]*graph.Node, len(pairs))
	total := framework.MeanOver(pairs, func(i int, pair framework.Pair) (of *graph.Node) {
		of, after[i] = loss.TiCo(pair.Anchor, pair.Positive, before, m.Beta, m.Rho)
		return of
	})
	s.Keep(newCovariance, after...)
	return total
}

func (m *method) Update(s *framework.Step, _ []framework.Pair) {
	after := s.Kept(newCovariance)
	mean := after[0]
	for _, of := range after[1:] {
		mean = graph.Add(mean, of)
	}
	m.covariance(s).SetNodeValue(graph.DivScalar(mean, len(after)))
}

func (m *method) covariance(s *framework.Step) *model.Variable {
	return nn.Buffer(s.State(), "covariance", nn.Zeros, m.OutputDim, m.OutputDim)
}

func (m *method) embed(s *framework.Step, encoder *model.Scope, images *graph.Node) *graph.Node {
	head := framework.Head{Layers: 2, Hidden: m.HiddenDim, Out: m.OutputDim, OutputBias: true}
	return head.Embed(encoder.At("projector"), s.Backbone(encoder, images))
}

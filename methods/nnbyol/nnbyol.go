// Package nnbyol is NNBYOL: BYOL whose targets are replaced by their nearest
// neighbors among past ones, as NNCLR does it with SimCLR's positives (Dwibedi,
// Aytar, Tompson, Sermanet and Zisserman, ICCV 2021, arXiv:2104.14548).
package nnbyol

import (
	"embed"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/loss"
	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/framework/optim"
)

// Params are the hyperparameters of NNBYOL.
type Params struct {
	TargetMomentum float64 `yaml:"target_momentum" range:"[0,1]"`
	Queue          int     `yaml:"queue" range:"[2,inf)"`
	HiddenDim      int     `yaml:"hidden_dim" range:"[1,inf)"`
	PredictorDim   int     `yaml:"predictor_dim" range:"[1,inf)"`
	OutputDim      int     `yaml:"output_dim" range:"[1,inf)"`
}

//go:embed presets
var files embed.FS

// Factory registers NNBYOL.
var Factory = framework.NewFactory(framework.Info{
	Name:  "nnbyol",
	Title: "NNBYOL",
	Paper: "after Dwibedi, Aytar, Tompson, Sermanet and Zisserman: With a Little Help from My Friends. ICCV 2021, " +
		"arXiv:2104.14548; as in solo-learn, da Costa et al., JMLR 2022, arXiv:2108.01775",
	From: []string{"byol", "nnclr"},
	Change: "BYOL's target is replaced by its nearest neighbor in a queue of past targets, as NNCLR does it with its " +
		"positive",
	Hooks: framework.Hooks{
		Positives: "the nearest neighbor, in a queue, of the target network's projection of the other view",
		Negatives: "none",
		Loss:      "squared distance of normalized predictions and neighbors, both directions",
		Update: "the first view's projections by the target network enter the queue; the target network follows the " +
			"online network",
	},
	Recipe:  "byol",
	Mixing:  &framework.Mixing{Keeps: framework.HookPositives},
	Presets: framework.Presets(files, "presets"),
}, Params{TargetMomentum: 0.99, Queue: 4096, HiddenDim: 4096, PredictorDim: 4096, OutputDim: 256}, New)

// New returns NNBYOL with those hyperparameters.
func New(p Params) (framework.Method, error) { return &method{p}, nil }

type method struct{ Params }

const (
	momentumSchedule = "target_momentum"
	targets          = "targets" // the kept projections of both views by the target network
)

// Schedules implements [framework.Scheduler].
func (m *method) Schedules(length framework.Length) map[string]optim.Schedule {
	return map[string]optim.Schedule{momentumSchedule: framework.MomentumToOne(m.TargetMomentum, length)}
}

func (m *method) Positives(s *framework.Step) []framework.Pair {
	projections := m.project(s, s.Online())
	predictor := framework.Head{Layers: 2, Hidden: m.PredictorDim, Out: m.OutputDim, HiddenBias: true, OutputBias: true}
	p := framework.Split(predictor.Embed(nn.WithBatchGroups(s.Predictor(), 2), projections), 2)

	z := framework.Split(graph.StopGradient(nn.L2Normalize(m.project(s, s.MomentumEncoder().Scope()))), 2)
	s.Keep(targets, z...)
	support := m.queue(s).Keys()
	neighbors0, _ := loss.Neighbors(z[0], support)
	neighbors1, _ := loss.Neighbors(z[1], support)
	return []framework.Pair{{Anchor: p[0], Positive: neighbors1}, {Anchor: p[1], Positive: neighbors0}}
}

func (m *method) Negatives(*framework.Step, []framework.Pair) *framework.Negatives { return nil }

func (m *method) Loss(_ *framework.Step, pairs []framework.Pair, _ *framework.Negatives) *graph.Node {
	distance := framework.MeanOver(pairs, func(_ int, pair framework.Pair) *graph.Node {
		return loss.NormalizedMSE(pair.Anchor, pair.Positive)
	})
	return graph.MulScalar(distance, 2) // the sum of both directions
}

func (m *method) Update(s *framework.Step, _ []framework.Pair) {
	m.queue(s).Enqueue(s.Kept(targets)[0])
	s.MomentumEncoder().Follow(s.Scalar(momentumSchedule))
}

func (m *method) queue(s *framework.Step) *framework.Queue {
	return s.Queue("support", m.Queue, m.OutputDim)
}

// project embeds both views, each with batch statistics of its own.
func (m *method) project(s *framework.Step, encoder *model.Scope) *graph.Node {
	nn.WithBatchGroups(encoder, 2)
	head := framework.Head{Layers: 2, Hidden: m.HiddenDim, Out: m.OutputDim, HiddenBias: true, OutputBias: true}
	return head.Embed(encoder.At("projector"), s.EmbedViews(encoder, s.Views[:2]...))
}

// CheckBatch reports a batch size that the queue doesn't fit.
func (p *Params) CheckBatch(size int) error {
	return framework.CheckQueue("method.queue", p.Queue, size)
}

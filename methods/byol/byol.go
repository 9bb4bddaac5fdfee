// Package byol is Bootstrap Your Own Latent (Grill, Strub, Altché, Tallec,
// Richemond et al., NeurIPS 2020, arXiv:2006.07733).
package byol

import (
	"embed"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/loss"
	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/framework/optim"
)

// Params are the hyperparameters of BYOL.
type Params struct {
	TargetMomentum float64 `yaml:"target_momentum" range:"[0,1]"`
	HiddenDim      int     `yaml:"hidden_dim" range:"[1,inf)"`
	OutputDim      int     `yaml:"output_dim" range:"[1,inf)"`
	TargetMoves    string  `yaml:"target_moves" oneof:"after,before"`
	HeadBias       string  `yaml:"head_bias" oneof:"hidden,output"`
}

//go:embed presets
var files embed.FS

// Factory registers BYOL.
var Factory = framework.NewFactory(framework.Info{
	Name:  "byol",
	Title: "BYOL",
	Paper: "Grill, Strub, Altché, Tallec, Richemond et al.: Bootstrap Your Own Latent: A New Approach to " +
		"Self-Supervised Learning. NeurIPS 2020, arXiv:2006.07733",
	From:   []string{"mocov1", "simclr"},
	Change: "no negatives: a predictor regresses the momentum encoder's projection of the other view; SimCLR's views",
	Hooks: framework.Hooks{
		Positives: "the target network's projection of the other view",
		Negatives: "none",
		Loss:      "squared distance of normalized predictions and projections, both directions",
		Update:    "the target network follows the online network, unless it has before the step",
	},
	Recipe:  "byol",
	Mixing:  &framework.Mixing{Keeps: framework.HookPositives},
	Presets: framework.Presets(files, "presets"),
}, Params{TargetMomentum: 0.99, HiddenDim: 1024, OutputDim: 256, TargetMoves: "after", HeadBias: "hidden"}, New)

// New returns BYOL with those hyperparameters.
func New(p Params) (framework.Method, error) { return &method{p}, nil }

type method struct{ Params }

const momentumSchedule = "target_momentum"

// Schedules implements [framework.Scheduler].
func (m *method) Schedules(length framework.Length) map[string]optim.Schedule {
	return map[string]optim.Schedule{momentumSchedule: framework.MomentumToOne(m.TargetMomentum, length)}
}

func (m *method) Positives(s *framework.Step) []framework.Pair {
	projections := m.project(s, s.Online())
	p := framework.Split(m.predict(s, projections), 2)
	target := s.IndependentMomentumEncoder()
	if m.TargetMoves == "before" {
		target.Follow(s.Scalar(momentumSchedule))
	}
	z := framework.Split(graph.StopGradient(m.project(s, target.Scope())), 2)
	return []framework.Pair{{Anchor: p[0], Positive: z[1]}, {Anchor: p[1], Positive: z[0]}}
}

func (m *method) Negatives(*framework.Step, []framework.Pair) *framework.Negatives { return nil }

func (m *method) Loss(_ *framework.Step, pairs []framework.Pair, _ *framework.Negatives) *graph.Node {
	distance := framework.MeanOver(pairs, func(_ int, pair framework.Pair) *graph.Node {
		return loss.NormalizedMSE(pair.Anchor, pair.Positive)
	})
	return graph.MulScalar(distance, 2) // the sum of both directions
}

func (m *method) Update(s *framework.Step, _ []framework.Pair) {
	if m.TargetMoves != "before" {
		s.IndependentMomentumEncoder().Follow(s.Scalar(momentumSchedule))
	}
}

// project embeds both views, each with batch statistics of its own, in the target network too.
func (m *method) project(s *framework.Step, encoder *model.Scope) *graph.Node {
	nn.WithBatchGroups(encoder, 2)
	return m.head().Embed(encoder.At("projector"), s.EmbedViews(encoder, s.Views[:2]...))
}

func (m *method) predict(s *framework.Step, z *graph.Node) *graph.Node {
	return m.head().Embed(nn.WithBatchGroups(s.Predictor(), 2), z)
}

func (m *method) head() framework.Head {
	return framework.Head{
		Layers: 2, Hidden: m.HiddenDim, Out: m.OutputDim,
		HiddenBias: m.HeadBias == "hidden", OutputBias: m.HeadBias == "output",
	}
}

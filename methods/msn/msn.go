// Package msn is masked siamese networks: of one view a vision transformer sees
// some patches only, and yet it shall be assigned to the prototypes as another,
// whole view is by a moving average of the network.
//
// Paper: Assran, Caron, Misra, Bojanowski, Bordes, Vincent, Joulin, Rabbat and
// Ballas: Masked Siamese Networks for Label-Efficient Learning, ECCV 2022, arXiv:2204.07141.
package msn

import (
	"embed"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/loss"
	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/framework/optim"
)

// Params are the hyperparameters of MSN.
type Params struct {
	Temperature    float64 `yaml:"temperature" range:"(0,inf)"`
	Sharpening     float64 `yaml:"sharpening" range:"(0,inf)"`
	Iterations     int     `yaml:"sinkhorn_iterations" range:"[0,inf)"`
	EntropyWeight  float64 `yaml:"entropy_weight" range:"[0,inf)"`
	Drop           float64 `yaml:"patch_drop" range:"[0,1)"`
	Prototypes     int     `yaml:"prototypes" range:"[2,inf)"`
	TargetMomentum float64 `yaml:"target_momentum" range:"[0,1]"`
	HiddenDim      int     `yaml:"hidden_dim" range:"[1,inf)"`
	OutputDim      int     `yaml:"output_dim" range:"[1,inf)"`
}

//go:embed presets
var files embed.FS

// Factory registers MSN.
var Factory = framework.NewFactory(framework.Info{
	Name:  "msn",
	Title: "MSN",
	Paper: "Assran, Caron, Misra, Bojanowski, Bordes, Vincent, Joulin, Rabbat and Ballas: Masked Siamese Networks for " +
		"Label-Efficient Learning. ECCV 2022, arXiv:2204.07141",
	From: []string{"dino", "swav"},
	Change: "anchors are left without some of their patches; prototypes, entropy and Sinkhorn instead of a centered " +
		"softmax",
	Hooks: framework.Hooks{
		Positives: "the first view of the sample, whole, embedded by the target network; anchors are the others, the large " +
			"ones without some patches",
		Negatives: "none; the mean assignment shall be even",
		Loss: "cross entropy of an anchor's assignment to the prototypes with its target's, sharpened, less the " +
			"entropy of the mean",
		Update: "the target network follows the online network",
	},
	Patches: true,
	Recipe:  "msn",
	Presets: framework.Presets(files, "presets"),
}, Params{
	Temperature: 0.1, Sharpening: 0.25, Iterations: 3, EntropyWeight: 1, Drop: 0.15,
	Prototypes: 256, TargetMomentum: 0.99, HiddenDim: 512, OutputDim: 128,
}, New)

// New returns MSN with those hyperparameters.
func New(p Params) (framework.Method, error) { return &method{Params: p}, nil }

type method struct {
	Params
	fixed func(*framework.Step) *graph.Node // patches to keep in place of random ones; nil for none
}

const momentumSchedule = "target_momentum"

// Schedules implements [framework.Scheduler].
func (m *method) Schedules(length framework.Length) map[string]optim.Schedule {
	return map[string]optim.Schedule{momentumSchedule: optim.Linear{From: m.TargetMomentum, To: 1, Steps: length.Steps()}}
}

// Positives embeds what is left of the second view, then the small ones.
func (m *method) Positives(s *framework.Step) []framework.Pair {
	features := s.EmbedPatches(s.Online(), s.Views[1], framework.Masking{Kept: m.keep(s)}).Features
	if small := s.Views[2:]; len(small) > 0 {
		features = graph.Concatenate([]*graph.Node{features, s.EmbedViews(s.Online(), small...)}, 0)
	}
	anchors := framework.Split(m.project(s.Online(), features), len(s.Views)-1)

	encoder := s.MomentumEncoder().Scope()
	target := graph.StopGradient(m.project(encoder, s.Backbone(encoder, s.Views[0])))
	pairs := make([]framework.Pair, len(anchors))
	for i, anchor := range anchors {
		pairs[i] = framework.Pair{Anchor: anchor, Positive: target}
	}
	return pairs
}

func (m *method) Negatives(*framework.Step, []framework.Pair) *framework.Negatives { return nil }

func (m *method) Loss(s *framework.Step, pairs []framework.Pair, _ *framework.Negatives) *graph.Node {
	anchors := make([]*graph.Node, len(pairs))
	for i, pair := range pairs {
		anchors[i] = pair.Anchor
	}
	return loss.MSN(graph.Concatenate(anchors, 0), pairs[0].Positive, m.prototypes(s), s.Constant(m.Temperature),
		loss.MSNConfig{TargetTemperature: m.Sharpening, Iterations: m.Iterations, EntropyWeight: m.EntropyWeight})
}

func (m *method) Update(s *framework.Step, _ []framework.Pair) {
	s.MomentumEncoder().Follow(s.Scalar(momentumSchedule))
}

// keep are the patches that the second view has left.
func (m *method) keep(s *framework.Step) *graph.Node {
	if m.fixed != nil {
		return m.fixed(s)
	}
	kept, _ := s.RandomPatches(s.Views[1], m.Drop)
	return kept
}

// prototypes [K, D] are of the online network alone.
func (m *method) prototypes(s *framework.Step) *graph.Node {
	scope := s.Predictor().At("prototypes")
	s.Mark(scope, framework.PrototypesPart)
	return nn.Parameter(scope, s.Graph, "weight", prototypesStart, m.Prototypes, m.OutputDim)
}

// Adjust implements [framework.ParameterAdjuster]: prototypes are not decayed, as in the official code.
func (m *method) Adjust(_ *framework.Step, parameter *optim.Param) {
	if parameter.Part == framework.PrototypesPart {
		parameter.NoDecay = true
	}
}

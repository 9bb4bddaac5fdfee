// Package simsiam is SimSiam, simple siamese representation learning (Chen and
// He, CVPR 2021, arXiv:2011.10566).
package simsiam

import (
	"embed"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/loss"
	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/framework/optim"
)

// Params are the hyperparameters of SimSiam.
type Params struct {
	ProjectorLayers int  `yaml:"projector_layers" range:"[1,10]"`
	HiddenDim       int  `yaml:"hidden_dim" range:"[0,inf)"`
	OutputDim       int  `yaml:"output_dim" range:"[1,inf)"`
	BottleneckDim   int  `yaml:"bottleneck_dim" range:"[1,inf)"`
	FixPredictorLR  bool `yaml:"fix_predictor_lr"`
}

//go:embed presets
var files embed.FS

// Factory registers SimSiam.
var Factory = framework.NewFactory(framework.Info{
	Name:   "simsiam",
	Title:  "SimSiam",
	Paper:  "Chen and He: Exploring Simple Siamese Representation Learning. CVPR 2021, arXiv:2011.10566",
	From:   []string{"byol"},
	Change: "no momentum encoder: the encoder itself embeds the other view, behind a stop-gradient",
	Hooks: framework.Hooks{
		Positives: "the projection of the other view, without gradient",
		Negatives: "none",
		Loss:      "negative cosine similarity of predictions and projections, mean of both directions",
		Update:    "nothing",
	},
	Recipe:  "mocov2",
	Mixing:  &framework.Mixing{},
	Presets: framework.Presets(files, "presets"),
}, Params{ProjectorLayers: 2, HiddenDim: 2048, OutputDim: 2048, BottleneckDim: 512, FixPredictorLR: true}, New)

// New returns SimSiam with those hyperparameters.
func New(p Params) (framework.Method, error) { return &method{p}, nil }

type method struct{ Params }

func (m *method) Positives(s *framework.Step) []framework.Pair {
	predictions, projections := m.embed(s)
	return m.pairs(predictions, graph.StopGradient(projections))
}

// pairs pairs the prediction of each view with the projection of the other.
func (m *method) pairs(predictions, projections *graph.Node) []framework.Pair {
	p, z := framework.Split(predictions, 2), framework.Split(projections, 2)
	return []framework.Pair{{Anchor: p[0], Positive: z[1]}, {Anchor: p[1], Positive: z[0]}}
}

// embed returns the predictions and the projections of both views, [2·N, OutputDim] each.
func (m *method) embed(s *framework.Step) (predictions, projections *graph.Node) {
	encoder := nn.WithBatchGroups(s.Online(), 2) // each view has its own batch statistics
	projector := framework.Head{
		Layers: m.ProjectorLayers, Hidden: m.HiddenDim, Out: m.OutputDim,
		OutputNorm: &nn.BatchNormConfig{NoAffine: true},
	}
	projections = projector.Embed(encoder.At("projector"), s.EmbedViews(encoder, s.Views[:2]...))
	predictor := framework.Head{Layers: 2, Hidden: m.BottleneckDim, Out: m.OutputDim, OutputBias: true}
	return predictor.Embed(nn.WithBatchGroups(s.Predictor(), 2), projections), projections
}

func (m *method) Negatives(*framework.Step, []framework.Pair) *framework.Negatives { return nil }

func (m *method) Loss(_ *framework.Step, pairs []framework.Pair, _ *framework.Negatives) *graph.Node {
	return framework.MeanOver(pairs, func(_ int, pair framework.Pair) *graph.Node {
		return loss.NegativeCosine(pair.Anchor, pair.Positive)
	})
}

func (m *method) Update(*framework.Step, []framework.Pair) {}

// Adjust implements [framework.ParameterAdjuster].
func (m *method) Adjust(_ *framework.Step, parameter *optim.Param) {
	if m.FixPredictorLR && parameter.Part == framework.PredictorPart {
		parameter.FixedLR = true
	}
}

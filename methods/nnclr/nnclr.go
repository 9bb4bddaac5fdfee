// Package nnclr is NNCLR, nearest-neighbor contrastive learning of visual
// representations (Dwibedi, Aytar, Tompson, Sermanet and Zisserman, ICCV 2021,
// arXiv:2104.14548).
package nnclr

import (
	"embed"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/loss"
	"github.com/kontrast-ml/kontrast/framework/nn"
)

// Params are the hyperparameters of NNCLR.
type Params struct {
	Temperature     float64 `yaml:"temperature" range:"(0,inf)"`
	Queue           int     `yaml:"queue" range:"[2,inf)"`
	ProjectorLayers int     `yaml:"projector_layers" range:"[1,10]"`
	HiddenDim       int     `yaml:"hidden_dim" range:"[1,inf)"`
	PredictorDim    int     `yaml:"predictor_dim" range:"[1,inf)"`
	OutputDim       int     `yaml:"output_dim" range:"[1,inf)"`
}

//go:embed presets
var files embed.FS

// Factory registers NNCLR.
var Factory = framework.NewFactory(framework.Info{
	Name:  "nnclr",
	Title: "NNCLR",
	Paper: "Dwibedi, Aytar, Tompson, Sermanet and Zisserman: With a Little Help from My Friends: Nearest-Neighbor " +
		"Contrastive Learning of Visual Representations. ICCV 2021, arXiv:2104.14548",
	From:   []string{"simclr", "byol"},
	Change: "the positive is replaced by its nearest neighbor in a queue of past embeddings; a predictor",
	Hooks: framework.Hooks{
		Positives: "the other view's nearest neighbor in a queue of past embeddings",
		Negatives: "for the neighbor, the other samples' predictions of the view",
		Loss:      "InfoNCE from the neighbor to the prediction, mean of both directions",
		Update:    "the embeddings of the first view enter the queue",
	},
	Recipe:  "simclr",
	Mixing:  &framework.Mixing{UnitPairs: true, UnitLoss: true, Contrasts: true, Keeps: framework.HookPositives},
	Presets: framework.Presets(files, "presets"),
}, Params{Temperature: 0.2, Queue: 4096, ProjectorLayers: 2, HiddenDim: 2048, PredictorDim: 4096, OutputDim: 256}, New)

// New returns NNCLR with those hyperparameters.
func New(p Params) (framework.Method, error) { return &method{p}, nil }

type method struct{ Params }

// projected names the kept projections of both views.
const projected = "projected"

func (m *method) Positives(s *framework.Step) []framework.Pair {
	encoder := nn.WithBatchGroups(s.Online(), 2) // each view has its own batch statistics
	projector := framework.Head{
		Layers: m.ProjectorLayers, Hidden: m.HiddenDim, Out: m.OutputDim, OutputNorm: &nn.BatchNormConfig{},
	}
	projections := projector.Embed(encoder.At("projector"), s.EmbedViews(encoder, s.Views[:2]...))
	predictor := framework.Head{Layers: 2, Hidden: m.PredictorDim, Out: m.OutputDim, OutputBias: true}
	p := framework.Split(nn.L2Normalize(predictor.Embed(nn.WithBatchGroups(s.Predictor(), 2), projections)), 2)
	z := framework.Split(graph.StopGradient(nn.L2Normalize(projections)), 2)
	s.Keep(projected, z...)

	support := m.queue(s).Keys()
	neighbors0, _ := loss.Neighbors(z[0], support)
	neighbors1, _ := loss.Neighbors(z[1], support)
	return []framework.Pair{{Anchor: p[1], Positive: neighbors0}, {Anchor: p[0], Positive: neighbors1}}
}

func (m *method) Negatives(_ *framework.Step, pairs []framework.Pair) *framework.Negatives {
	return framework.OtherAnchors(pairs)
}

// Loss looks from the neighbors, which get no gradient, for the predictions
// among those of the batch (Dwibedi et al. 2021, §3).
func (m *method) Loss(s *framework.Step, pairs []framework.Pair, negatives *framework.Negatives) *graph.Node {
	reversed := make([]framework.Pair, len(pairs))
	for i, pair := range pairs {
		reversed[i] = pair.Reversed()
	}
	return framework.InfoNCE(reversed, negatives, s.Constant(m.Temperature))
}

func (m *method) Update(s *framework.Step, _ []framework.Pair) {
	m.queue(s).Enqueue(s.Kept(projected)[0])
}

func (m *method) queue(s *framework.Step) *framework.Queue {
	return s.Queue("support", m.Queue, m.OutputDim)
}

// CheckBatch reports a batch size that the queue doesn't fit.
func (p *Params) CheckBatch(size int) error {
	return framework.CheckQueue("method.queue", p.Queue, size)
}

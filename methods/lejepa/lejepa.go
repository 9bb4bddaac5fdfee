// Package lejepa is LeJEPA (Balestriero and LeCun 2025, arXiv:2511.08544):
// views predict the center of the large ones, and a test of normality along
// random directions, instead of a teacher, prevents collapse.
package lejepa

import (
	"embed"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/loss"
	"github.com/kontrast-ml/kontrast/framework/nn"
)

// Params are the hyperparameters of LeJEPA.
type Params struct {
	Lambda     float64 `yaml:"lambda" range:"[0,1]"`
	Directions int     `yaml:"directions" range:"[1,inf)"`
	Knots      int     `yaml:"knots" range:"[2,inf)"`
	End        float64 `yaml:"end" range:"(0,inf)"`
	HeadLayers int     `yaml:"head_layers" range:"[1,10]"`
	HiddenDim  int     `yaml:"hidden_dim" range:"[1,inf)"`
	OutputDim  int     `yaml:"output_dim" range:"[1,inf)"`
}

//go:embed presets
var files embed.FS

// Factory registers LeJEPA.
var Factory = framework.NewFactory(framework.Info{
	Name:  "lejepa",
	Title: "LeJEPA",
	Paper: "Balestriero and LeCun: LeJEPA: Provable and Scalable Self-Supervised Learning Without the Heuristics. " +
		"2025, arXiv:2511.08544",
	From: []string{"vicreg", "dino"},
	Change: "a test of normality along random directions instead of variances and covariances; DINO's crops, without " +
		"its teacher",
	Hooks: framework.Hooks{
		Positives: "the center of the sample's large crops",
		Negatives: "none; the embeddings of a crop shall be normally distributed",
		Loss: "squared distance from the center, and the Epps-Pulley statistic of each crop's embeddings along random " +
			"directions",
		Update: "nothing",
	},
	Recipe:  "dino",
	Mixing:  &framework.Mixing{},
	Presets: framework.Presets(files, "presets"),
}, Params{Lambda: 0.05, Directions: 1024, Knots: 17, End: 3, HeadLayers: 3, HiddenDim: 2048, OutputDim: 64}, New)

// New returns LeJEPA with those hyperparameters.
func New(p Params) (framework.Method, error) { return &method{Params: p}, nil }

type method struct {
	Params
	fixed func(*framework.Step) *graph.Node // directions in place of random ones; nil for none
}

// large is the number of crops whose center is predicted, the first of a step's views.
const large = 2

// Positives pairs every crop with the center, which gets a gradient too.
func (m *method) Positives(s *framework.Step) []framework.Pair {
	head := framework.Head{Layers: m.HeadLayers, Hidden: m.HiddenDim, Out: m.OutputDim, HiddenBias: true, OutputBias: true}
	z := framework.Split(head.Embed(s.Online().At("projector"), s.EmbedViews(s.Online(), s.Views...)), len(s.Views))
	center := graph.ReduceMean(graph.Stack(z[:large], 0), 0)
	pairs := make([]framework.Pair, len(z))
	for i := range z {
		pairs[i] = framework.Pair{Anchor: z[i], Positive: center}
	}
	return pairs
}

func (m *method) Negatives(*framework.Step, []framework.Pair) *framework.Negatives { return nil }

func (m *method) Loss(s *framework.Step, pairs []framework.Pair, _ *framework.Negatives) *graph.Node {
	directions := m.directions(s)
	return framework.MeanOver(pairs, func(_ int, pair framework.Pair) *graph.Node {
		invariance := graph.ReduceAllMean(graph.Square(graph.Sub(pair.Positive, pair.Anchor)))
		regularizer := loss.SIGReg(pair.Anchor, directions, m.Knots, m.End)
		return graph.Add(graph.MulScalar(invariance, 1-m.Lambda), graph.MulScalar(regularizer, m.Lambda))
	})
}

func (m *method) Update(*framework.Step, []framework.Pair) {}

// directions are drawn evenly from the sphere, [D, Directions].
func (m *method) directions(s *framework.Step) *graph.Node {
	if m.fixed != nil {
		return m.fixed(s)
	}
	return s.Normal(m.OutputDim, m.Directions)
}

// Watched implements [framework.CollapseWatcher]: lengths carry meaning here, but collapse is of directions.
func (m *method) Watched(_ *framework.Step, pairs []framework.Pair) framework.Pair {
	return framework.Pair{Anchor: nn.L2Normalize(pairs[0].Anchor), Positive: nn.L2Normalize(pairs[0].Positive)}
}

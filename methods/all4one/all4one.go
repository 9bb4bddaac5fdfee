// Package all4one is All4One: NNCLR, whose prediction is compared with the nearest
// neighbor, joined by two more comparisons. A transformer mixes the five nearest
// neighbors, and the features of both views shall be correlated one by one.
//
// Paper: Estepa, Sarasúa, Nagarajan and Radeva: All4One: Symbiotic Neighbour
// Contrastive Learning via Self-Attention and Redundancy Reduction, ICCV 2023, arXiv:2303.09417.
package all4one

import (
	"embed"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/loss"
	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/framework/optim"
)

// Params are the hyperparameters of All4One.
type Params struct {
	Temperature         float64 `yaml:"temperature" range:"(0,inf)"`
	CentroidTemperature float64 `yaml:"centroid_temperature" range:"(0,inf)"`
	Neighbors           int     `yaml:"neighbors" range:"[2,64]"`
	NeighborWeight      float64 `yaml:"neighbor_weight" range:"[0,inf)"`
	CentroidWeight      float64 `yaml:"centroid_weight" range:"[0,inf)"`
	FeatureWeight       float64 `yaml:"feature_weight" range:"[0,inf)"`
	Momentum            float64 `yaml:"encoder_momentum" range:"[0,1]"`
	Queue               int     `yaml:"queue" range:"[2,inf)"`
	MixerLayers         int     `yaml:"mixer_layers" range:"[1,64]"`
	MixerHeads          int     `yaml:"mixer_heads" range:"[1,inf)"`
	HiddenDim           int     `yaml:"hidden_dim" range:"[1,inf)"`
	PredictorDim        int     `yaml:"predictor_dim" range:"[1,inf)"`
	OutputDim           int     `yaml:"output_dim" range:"[1,inf)"`
}

//go:embed presets
var files embed.FS

// Factory registers All4One.
var Factory = framework.NewFactory(framework.Info{
	Name:  "all4one",
	Title: "All4One",
	Paper: "Estepa, Sarasúa, Nagarajan and Radeva: All4One: Symbiotic Neighbour Contrastive Learning via " +
		"Self-Attention and Redundancy Reduction. ICCV 2023, arXiv:2303.09417",
	From: []string{"nnclr", "barlowtwins"},
	Change: "a transformer's mixture of five neighbors besides the nearest one; Barlow Twins' correlation of features; " +
		"a momentum encoder finds the neighbors",
	Hooks: framework.Hooks{
		Positives: "the other view's nearest neighbor in a queue, a mixture of its five nearest, and the other view's own " +
			"projection by the momentum encoder",
		Negatives: "for neighbors and mixtures, the other samples' predictions of the view; none for projections",
		Loss:      "InfoNCE for neighbors and mixtures, and how far the correlations of the features are from the identity",
		Update:    "the first view's projections by the momentum encoder enter the queue; the momentum encoder follows",
	},
	Recipe:  "byol",
	Presets: framework.Presets(files, "presets"),
}, Params{
	Temperature: 0.2, CentroidTemperature: 0.1, Neighbors: 5, NeighborWeight: 0.5, CentroidWeight: 0.5, FeatureWeight: 5,
	Momentum: 0.99, Queue: 4096, MixerLayers: 3, MixerHeads: 8, HiddenDim: 2048, PredictorDim: 4096, OutputDim: 256,
}, New)

// New returns All4One with those hyperparameters.
func New(p Params) (framework.Method, error) { return &method{p}, nil }

type method struct{ Params }

const (
	momentumSchedule = "encoder_momentum"
	projected        = "projected" // the kept projections by the momentum encoder
)

// Schedules implements [framework.Scheduler].
func (m *method) Schedules(length framework.Length) map[string]optim.Schedule {
	return map[string]optim.Schedule{momentumSchedule: framework.MomentumToOne(m.Momentum, length)}
}

// Positives are two of neighbors, two of mixtures, and two of projections.
func (m *method) Positives(s *framework.Step) []framework.Pair {
	z := m.project(s, s.Online())
	p, q := m.predict(s, "first", z), m.predict(s, "second", z)
	keys := m.project(s, s.MomentumEncoder().Scope())
	s.Keep(projected, graph.StopGradient(nn.L2Normalize(keys[0])), graph.StopGradient(nn.L2Normalize(keys[1])))

	var neighbors, mixtures, shifted [2]*graph.Node
	for view, key := range s.Kept(projected) {
		near := loss.NearestNeighbors(key, m.queue(s).Keys(), m.Neighbors) // [N, 5, D]
		neighbors[view] = graph.Squeeze(graph.Slice(near, graph.AxisRange(), graph.AxisElem(0)), 1)
		mixtures[view] = m.mix(s, near)
		others := graph.Slice(near, graph.AxisRange(), graph.AxisRange(0, m.Neighbors-1))
		shifted[view] = m.mix(s, graph.Concatenate([]*graph.Node{graph.ExpandAxes(q[view], 1), others}, 1))
	}
	return []framework.Pair{
		{Anchor: nn.L2Normalize(p[1]), Positive: neighbors[0]}, {Anchor: nn.L2Normalize(p[0]), Positive: neighbors[1]},
		{Anchor: shifted[1], Positive: mixtures[0]}, {Anchor: shifted[0], Positive: mixtures[1]},
		{Anchor: z[1], Positive: s.Kept(projected)[0]}, {Anchor: z[0], Positive: s.Kept(projected)[1]},
	}
}

func (m *method) Negatives(_ *framework.Step, pairs []framework.Pair) *framework.Negatives {
	return framework.OtherAnchors(pairs[:4])
}

// Loss looks, as NNCLR's, from neighbors and mixtures for the predictions among those of the batch.
func (m *method) Loss(s *framework.Step, pairs []framework.Pair, negatives *framework.Negatives) *graph.Node {
	contrast := func(from int, temperature float64) *graph.Node {
		return framework.MeanOver(pairs[from:from+2], func(i int, pair framework.Pair) *graph.Node {
			return loss.InfoNCE(
				pair.Positive, pair.Anchor, negatives.Similarities(from+i, pair.Positive), s.Constant(temperature),
			)
		})
	}
	total := graph.MulScalar(contrast(0, m.Temperature), m.NeighborWeight)
	total = graph.Add(total, graph.MulScalar(contrast(2, m.CentroidTemperature), m.CentroidWeight))
	return graph.Add(total, graph.MulScalar(redundancy(pairs[4:]), m.FeatureWeight))
}

func (m *method) Update(s *framework.Step, _ []framework.Pair) {
	m.queue(s).Enqueue(s.Kept(projected)[0])
	s.MomentumEncoder().Follow(s.Scalar(momentumSchedule))
}

// LossAtChance implements [framework.ChanceLosser]: that of the correlations is not known, so there is none.
func (m *method) LossAtChance(int) float64 { return 0 }

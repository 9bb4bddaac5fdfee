// Package vicregl is VICRegL (Bardes, Ponce and LeCun, NeurIPS 2022,
// arXiv:2210.01571): the criterion of VICReg on the features of whole images and on
// those of their places, which are paired by where they lie and by what they look like.
package vicregl

import (
	"embed"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/loss"
)

// Params are the hyperparameters of VICRegL.
type Params struct {
	Alpha      float64 `yaml:"alpha" range:"[0,1]"`
	Invariance float64 `yaml:"invariance" range:"[0,inf)"`
	Variance   float64 `yaml:"variance" range:"[0,inf)"`
	Covariance float64 `yaml:"covariance" range:"[0,inf)"`

	FirstMatches  int  `yaml:"first_matches" range:"[1,inf)"`
	SecondMatches int  `yaml:"second_matches" range:"[1,inf)"`
	AllByFeature  bool `yaml:"all_by_feature"`
	IgnoreFlips   bool `yaml:"ignore_flips"`

	HeadLayers int `yaml:"head_layers" range:"[1,10]"`
	HiddenDim  int `yaml:"hidden_dim" range:"[1,inf)"`
	OutputDim  int `yaml:"output_dim" range:"[2,inf)"`
	LocalDim   int `yaml:"local_dim" range:"[2,inf)"`
}

//go:embed presets
var files embed.FS

// Factory registers VICRegL.
var Factory = framework.NewFactory(framework.Info{
	Name:  "vicregl",
	Title: "VICRegL",
	Paper: "Bardes, Ponce and LeCun: VICRegL: Self-Supervised Learning of Local Visual Features. NeurIPS 2022, " +
		"arXiv:2210.01571",
	From:   []string{"vicreg"},
	Change: "the criterion is on the features of places, too, paired by where they lie and by what is nearest",
	Hooks: framework.Hooks{
		Positives: "the other view; of each place in a view the nearest place and the nearest feature in the other",
		Negatives: "none",
		Loss:      "VICReg of the views, and of the paired places, by weight",
		Update:    "nothing",
	},
	Maps:    true,
	Recipe:  "byol",
	Presets: framework.Presets(files, "presets"),
}, Params{
	Alpha: 0.75, Invariance: 1, Variance: 1, Covariance: 0.04, FirstMatches: 20, SecondMatches: 4, AllByFeature: true,
	HeadLayers: 3, HiddenDim: 2048, OutputDim: 2048, LocalDim: 128,
}, New)

// New returns VICRegL with those hyperparameters.
func New(p Params) (framework.Method, error) { return &method{p}, nil }

type method struct{ Params }

// Positives are of the first two views with every other; the maps of places are kept for the loss.
func (m *method) Positives(s *framework.Step) []framework.Pair {
	encoder := s.Online()
	head := framework.Head{Layers: m.HeadLayers, Hidden: m.HiddenDim, Out: m.OutputDim, HiddenBias: true}
	local := framework.Head{Layers: m.HeadLayers, Hidden: m.LocalDim, Out: m.LocalDim, HiddenBias: true}
	var views, maps, centers []*graph.Node
	for i, view := range s.Views {
		features, places := s.EmbedMap(encoder, view)
		d := places.Shape().Dimensions
		views = append(views, head.Embed(encoder.At("projector"), features))
		each := local.Embed(encoder.At("local_projector"), graph.Reshape(places, d[0]*d[1]*d[2], d[3]))
		maps = append(maps, graph.Reshape(each, d[0], d[1]*d[2], m.LocalDim))
		centers = append(centers, s.Centers(i, d[1], d[2], !m.IgnoreFlips))
	}
	s.Keep("maps", maps...)
	s.Keep("centers", centers...)
	var pairs []framework.Pair
	eachPair(len(views), func(i, j int) { pairs = append(pairs, framework.Pair{Anchor: views[i], Positive: views[j]}) })
	return pairs
}

func (m *method) Negatives(*framework.Step, []framework.Pair) *framework.Negatives { return nil }

func (m *method) Loss(s *framework.Step, pairs []framework.Pair, _ *framework.Negatives) *graph.Node {
	global := framework.MeanOver(pairs, func(_ int, pair framework.Pair) *graph.Node {
		return m.criterion(graph.ExpandAxes(pair.Anchor, 1), graph.ExpandAxes(pair.Positive, 1))
	})
	maps, centers := s.Kept("maps"), s.Kept("centers")
	local, count := s.Constant(0), 0
	eachPair(len(maps), func(i, j int) {
		local, count = graph.Add(local, m.local(maps[i], maps[j], centers[i], centers[j])), count+1
	})
	return graph.Add(graph.MulScalar(global, m.Alpha), graph.MulScalar(local, (1-m.Alpha)/float64(count)))
}

func (m *method) Update(*framework.Step, []framework.Pair) {}

// local is the criterion of two maps' places that are paired by feature and by location, from either side.
func (m *method) local(a, b, atA, atB *graph.Node) *graph.Node {
	of := func(from, to, atFrom, atTo *graph.Node, matches int) *graph.Node {
		byFeature := matches
		if m.AllByFeature {
			byFeature = 0
		}
		looks, lies := framework.Nearest(from, to, byFeature), framework.Nearest(atFrom, atTo, matches)
		return graph.Add(m.criterion(looks.Of(from, to)), m.criterion(lies.Of(from, to)))
	}
	return graph.DivScalar(graph.Add(of(a, b, atA, atB, m.FirstMatches), of(b, a, atB, atA, m.SecondMatches)), 2)
}

// criterion is VICReg's of places [N, M, D].
func (m *method) criterion(a, b *graph.Node) *graph.Node {
	return loss.VICRegPlaces(a, b, loss.VICRegWeights{
		Invariance: m.Invariance, Variance: m.Variance, Covariance: m.Covariance,
	})
}

// eachPair visits the first two of n views with every other.
func eachPair(n int, visit func(i, j int)) {
	for i := range min(2, n) {
		for j := range n {
			if i != j {
				visit(i, j)
			}
		}
	}
}

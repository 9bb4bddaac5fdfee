// Package deepclusterv2 is DeepCluster-v2: between epochs the embeddings that were
// remembered of all samples are clustered, and in the next epoch every crop of a
// sample shall be told by its cluster's centroid among all centroids.
//
// Papers: Caron, Bojanowski, Joulin and Douze: Deep Clustering for Unsupervised
// Learning of Visual Features, ECCV 2018, arXiv:1807.05520; in this form Caron,
// Misra, Mairal, Goyal, Bojanowski and Joulin, NeurIPS 2020, arXiv:2006.09882.
package deepclusterv2

import (
	"embed"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/loss"
	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/framework/optim"
)

// Params are the hyperparameters of DeepCluster-v2.
type Params struct {
	Temperature float64 `yaml:"temperature" range:"(0,inf)"`
	Clusters    int     `yaml:"clusters" range:"[2,inf)"`
	Clusterings int     `yaml:"clusterings" range:"[1,64]"`
	Iterations  int     `yaml:"kmeans_iterations" range:"[1,inf)"`
	HiddenDim   int     `yaml:"hidden_dim" range:"[1,inf)"`
	OutputDim   int     `yaml:"output_dim" range:"[1,inf)"`
}

//go:embed presets
var files embed.FS

// Factory registers DeepCluster-v2.
var Factory = framework.NewFactory(framework.Info{
	Name:  "deepclusterv2",
	Title: "DeepCluster-v2",
	Paper: "Caron, Misra, Mairal, Goyal, Bojanowski and Joulin: Unsupervised Learning of Visual Features by " +
		"Contrasting Cluster Assignments. NeurIPS 2020, arXiv:2006.09882; after Caron, Bojanowski, Joulin and " +
		"Douze: Deep Clustering for Unsupervised Learning of Visual Features. ECCV 2018, arXiv:1807.05520",
	From: []string{"instdisc", "simclr"},
	Change: "a memory bank that is clustered between epochs: a sample is told by its cluster's centroid instead of by " +
		"itself; SimCLR's views and head",
	Hooks: framework.Hooks{
		Positives: "the centroid of the cluster that the sample fell into between the last epochs, in each of several " +
			"clusterings",
		Negatives: "the other centroids of the clustering",
		Loss:      "InfoNCE of cosine similarities, which is a softmax over the centroids, mean of all clusterings",
		Update:    "the embeddings of the large crops enter the memory bank; between epochs k-means finds new clusters",
	},
	Recipe:  "swav",
	Presets: framework.Presets(files, "presets"),
}, Params{Temperature: 0.1, Clusters: 64, Clusterings: 3, Iterations: 10, HiddenDim: 512, OutputDim: 128}, New)

// New returns DeepCluster-v2 with those hyperparameters.
func New(p Params) (framework.Method, error) { return &method{p}, nil }

type method struct{ Params }

// large is the number of crops that are remembered, the first of a step's views.
const large = 2

const (
	clustered = "clustered" // the schedule that says whether there are clusters yet
	own       = "own"       // the kept clusters of the batch's samples, one of each clustering
)

// Schedules implements [framework.Scheduler].
func (m *method) Schedules(length framework.Length) map[string]optim.Schedule {
	return map[string]optim.Schedule{clustered: framework.SwitchOn(1, length)}
}

// Positives pairs, for each clustering, all crops of the batch with their centroids, [V·N, D].
func (m *method) Positives(s *framework.Step) []framework.Pair {
	head := framework.Head{Layers: 2, Hidden: m.HiddenDim, Out: m.OutputDim, HiddenBias: true, OutputBias: true}
	features := s.EmbedViews(s.Online(), s.Views...)
	z := nn.L2Normalize(head.Embed(s.Online().At("projector"), features))
	crops := framework.Split(graph.StopGradient(z), len(s.Views))
	s.Keep(remembered, crops[:large]...)

	pairs, clusters := make([]framework.Pair, m.Clusterings), make([]*graph.Node, m.Clusterings)
	for i := range pairs {
		clusters[i] = repeated(m.assigned(s, i, crops[0]), len(s.Views))
		pairs[i] = framework.Pair{Anchor: z, Positive: framework.TakeRows(m.centroids(s, i), clusters[i])}
	}
	s.Keep(own, clusters...)
	return pairs
}

// Negatives are all centroids; the loss leaves out a sample's own.
func (m *method) Negatives(s *framework.Step, pairs []framework.Pair) *framework.Negatives {
	negatives := &framework.Negatives{Excluded: 1}
	for i := range pairs {
		negatives.Keys = append(negatives.Keys, m.centroids(s, i))
	}
	return negatives
}

func (m *method) Loss(s *framework.Step, pairs []framework.Pair, negatives *framework.Negatives) *graph.Node {
	return framework.MeanOver(pairs, func(i int, pair framework.Pair) *graph.Node {
		similarities := negatives.Similarities(i, pair.Anchor)
		similarities = graph.Where(
			isColumn(similarities, s.Kept(own)[i]), graph.ConstAs(similarities, loss.Excluded), similarities,
		)
		return loss.InfoNCE(pair.Anchor, pair.Positive, similarities, s.Constant(m.Temperature))
	})
}

// Update replaces what is remembered of the batch's samples.
func (m *method) Update(s *framework.Step, _ []framework.Pair) {
	for crop, z := range s.Kept(remembered) {
		m.bank(s, crop).Follow(z, 0)
	}
}

// BetweenEpochs implements [framework.EpochMethod]: clustering i looks at what is
// remembered of crop i modulo their number, from samples on as its first centroids.
func (m *method) BetweenEpochs(s *framework.Step) {
	for i := range m.Clusterings {
		entries := m.bank(s, i%large).Entries()
		centroids, clusters := framework.SphericalKMeans(entries, s.EveryNth(entries, m.Clusters), m.Iterations)
		m.setClustering(s, i, centroids, clusters)
	}
}

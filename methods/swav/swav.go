// Package swav is SwAV, swapping assignments between views (Caron, Misra,
// Mairal, Goyal, Bojanowski and Joulin, NeurIPS 2020, arXiv:2006.09882).
package swav

import (
	"embed"
	"fmt"
	"slices"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/loss"
	"github.com/kontrast-ml/kontrast/framework/nn"
)

// Params are the hyperparameters of SwAV.
type Params struct {
	Temperature  float64 `yaml:"temperature" range:"(0,inf)"`
	Epsilon      float64 `yaml:"epsilon" range:"(0,inf)"`
	Iterations   int     `yaml:"sinkhorn_iterations" range:"[1,inf)"`
	Prototypes   int     `yaml:"prototypes" range:"[2,inf)"`
	FreezeEpochs float64 `yaml:"freeze_prototypes_epochs" range:"[0,inf)"`
	Queue        int     `yaml:"queue" range:"[0,inf)"`
	QueueEpoch   float64 `yaml:"queue_from_epoch" range:"[0,inf)"`
	HiddenDim    int     `yaml:"hidden_dim" range:"[1,inf)"`
	OutputDim    int     `yaml:"output_dim" range:"[1,inf)"`
}

//go:embed presets
var files embed.FS

// Factory registers SwAV.
var Factory = framework.NewFactory(framework.Info{
	Name:  "swav",
	Title: "SwAV",
	Paper: "Caron, Misra, Mairal, Goyal, Bojanowski and Joulin: Unsupervised Learning of Visual Features by " +
		"Contrasting Cluster Assignments. NeurIPS 2020, arXiv:2006.09882",
	From: []string{"simclr"},
	Change: "no negatives: views are compared through balanced assignments to prototypes; " +
		"small crops besides the large ones",
	Hooks: framework.Hooks{
		Positives: "the other large crops of the sample",
		Negatives: "none; Sinkhorn spreads the batch over the prototypes",
		Loss:      "cross entropy of an anchor's softmax over the prototypes with the code that Sinkhorn gives its positive",
		Update:    "the embeddings of the large crops enter the queue, if there is one",
	},
	Recipe:  "swav",
	Mixing:  &framework.Mixing{UnitPairs: true, UnitLoss: true, Keeps: framework.HookLoss},
	Presets: framework.Presets(files, "presets"),
}, Params{
	Temperature: 0.1, Epsilon: 0.05, Iterations: 3, Prototypes: 512, FreezeEpochs: 1, HiddenDim: 512, OutputDim: 128,
}, New)

// New returns SwAV with those hyperparameters.
func New(p Params) (framework.Method, error) { return &method{p}, nil }

type method struct{ Params }

// large is the number of crops that get codes, the first of a step's views.
const large = 2

// Positives pairs every crop with each large one other than itself.
func (m *method) Positives(s *framework.Step) []framework.Pair {
	head := framework.Head{Layers: 2, Hidden: m.HiddenDim, Out: m.OutputDim, HiddenBias: true, OutputBias: true}
	features := s.EmbedViews(s.Online(), s.Views...) // batch norms see all crops of one size together
	z := framework.Split(nn.L2Normalize(head.Embed(s.Online().At("projector"), features)), len(s.Views))
	positives := make([]*graph.Node, large)
	for crop := range positives {
		positives[crop] = graph.StopGradient(z[crop])
	}
	return framework.OtherViews(z, positives)
}

func (m *method) Negatives(*framework.Step, []framework.Pair) *framework.Negatives { return nil }

func (m *method) Loss(s *framework.Step, pairs []framework.Pair, _ *framework.Negatives) *graph.Node {
	prototypes, temperature := s.Prototypes(m.Prototypes, m.OutputDim), s.Constant(m.Temperature)
	positives := framework.DistinctPositives(pairs)
	return framework.Distill(pairs,
		func(anchor *graph.Node) *graph.Node { return graph.Div(prototypes.Scores(anchor), temperature) },
		func(positive *graph.Node) *graph.Node {
			return m.assign(s, prototypes, slices.Index(positives, positive), prototypes.Scores(positive))
		})
}

// assign computes the codes of a large crop, balanced over the batch and, once
// it is full, the crop's queue.
func (m *method) assign(s *framework.Step, prototypes *framework.Prototypes, crop int, scores *graph.Node) *graph.Node {
	if m.Queue == 0 {
		return loss.Sinkhorn(scores, m.Epsilon, m.Iterations)
	}
	queue := m.queue(s, crop)
	earlier := prototypes.Scores(queue.Keys())
	// An embedding that is infinitely far from all prototypes has no weight.
	far := graph.BroadcastToDims(s.Constant(loss.Excluded), earlier.Shape().Dimensions...)
	full := graph.BroadcastToDims(queue.Full(), earlier.Shape().Dimensions...)
	return loss.SinkhornWithQueue(graph.Where(full, earlier, far), scores, m.Epsilon, m.Iterations)
}

func (m *method) Update(s *framework.Step, pairs []framework.Pair) {
	if m.Queue == 0 {
		return
	}
	for crop, positive := range framework.DistinctPositives(pairs) {
		m.queue(s, crop).EnqueueIf(s.Switch(fillQueue), positive)
	}
}

func (m *method) queue(s *framework.Step, crop int) *framework.Queue {
	return s.EmptyQueue(fmt.Sprintf("queue%d", crop), m.Queue, m.OutputDim)
}

// CheckBatch reports a batch size that the queue doesn't fit.
func (p *Params) CheckBatch(size int) error {
	return framework.CheckQueue("method.queue", p.Queue, size)
}

// Package invaspread is unsupervised embedding learning by invariant and
// spreading instance features (Ye, Zhang, Yuen and Chang, CVPR 2019,
// arXiv:1904.03436): instance discrimination within the batch, a year before SimCLR.
package invaspread

import (
	"embed"
	"math"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/loss"
	"github.com/kontrast-ml/kontrast/framework/nn"
)

// Params are the hyperparameters of InvaSpread.
type Params struct {
	Temperature    float64 `yaml:"temperature" range:"(0,inf)"`
	NegativeWeight float64 `yaml:"negative_weight" range:"(0,inf)"`
	OutputDim      int     `yaml:"output_dim" range:"[1,inf)"`
}

//go:embed presets
var files embed.FS

// Factory registers InvaSpread.
var Factory = framework.NewFactory(framework.Info{
	Name:  "invaspread",
	Title: "InvaSpread",
	Paper: "Ye, Zhang, Yuen and Chang: Unsupervised Embedding Learning via Invariant and Spreading Instance Feature. " +
		"CVPR 2019, arXiv:1904.03436",
	From:   []string{"instdisc"},
	Change: "no memory bank: the other view of the image is the positive, the rest of the batch the negatives",
	Hooks: framework.Hooks{
		Positives: "the other view of the sample",
		Negatives: "both views of the other samples of the batch",
		Loss: "minus the logarithms of the probabilities that an anchor is taken for its positive and for none of the " +
			"negatives; gradients through anchors only",
		Update: "nothing",
	},
	Recipe:  "invaspread",
	Mixing:  &framework.Mixing{UnitPairs: true, UnitLoss: true, Contrasts: true},
	Presets: framework.Presets(files, "presets"),
}, Params{Temperature: 0.1, NegativeWeight: 1, OutputDim: 128}, New)

// New returns InvaSpread with those hyperparameters.
func New(p Params) (framework.Method, error) { return &method{p}, nil }

type method struct{ Params }

// Positives embeds both views together. What an anchor is compared with gets no
// gradient, as in the authors' code.
func (m *method) Positives(s *framework.Step) []framework.Pair {
	head := framework.Head{Layers: 1, Out: m.OutputDim, OutputBias: true}
	features := s.EmbedViews(s.Online(), s.Views[:2]...)
	z := framework.Split(nn.L2Normalize(head.Embed(s.Online().At("projector"), features)), 2)
	return []framework.Pair{
		{Anchor: z[0], Positive: graph.StopGradient(z[1])},
		{Anchor: z[1], Positive: graph.StopGradient(z[0])},
	}
}

func (m *method) Negatives(_ *framework.Step, pairs []framework.Pair) *framework.Negatives {
	batch := framework.RestOfBatch(pairs)
	batch.Keys[0] = graph.StopGradient(batch.Keys[0])
	return batch
}

func (m *method) Loss(s *framework.Step, pairs []framework.Pair, negatives *framework.Negatives) *graph.Node {
	return framework.MeanOver(pairs, func(i int, pair framework.Pair) *graph.Node {
		far := negatives.Similarities(i, pair.Anchor)
		return loss.InvaSpread(pair.Anchor, pair.Positive, far, s.Constant(m.Temperature), m.NegativeWeight)
	})
}

func (m *method) Update(*framework.Step, []framework.Pair) {}

// LossAtChance implements [framework.ChanceLosser]: every key is as likely as any other.
func (m *method) LossAtChance(negatives int) float64 {
	total := 1 + m.NegativeWeight*float64(negatives)
	return math.Log(total) - m.NegativeWeight*float64(negatives)*math.Log1p(-1/total)
}

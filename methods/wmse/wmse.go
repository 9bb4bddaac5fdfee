// Package wmse is W-MSE, whitening for self-supervised representation learning
// (Ermolov, Siarohin, Sangineto and Sebe, ICML 2021, arXiv:2007.06346).
package wmse

import (
	"embed"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/framework/loss"
	"github.com/kontrast-ml/kontrast/framework/nn"
)

// Params are the hyperparameters of W-MSE.
type Params struct {
	WhiteningSize int     `yaml:"whitening_size" range:"[2,inf)"`
	Epsilon       float64 `yaml:"epsilon" range:"[0,1)"`
	HoldPositive  bool    `yaml:"hold_positive"`
	HiddenDim     int     `yaml:"hidden_dim" range:"[1,inf)"`
	OutputDim     int     `yaml:"output_dim" range:"[1,inf)"`
}

//go:embed presets
var files embed.FS

// Factory registers W-MSE.
var Factory = framework.NewFactory(framework.Info{
	Name:  "wmse",
	Title: "W-MSE",
	Paper: "Ermolov, Siarohin, Sangineto and Sebe: Whitening for Self-Supervised Representation Learning. ICML 2021, " +
		"arXiv:2007.06346",
	From:   []string{"simclr", "byol"},
	Change: "no negatives, and no second network either: whitening the batch prevents collapse",
	Hooks: framework.Hooks{
		Positives: "the other view of the sample",
		Negatives: "none; whitening spreads the batch",
		Loss:      "squared distance of the whitened and normalized views",
		Update:    "nothing",
	},
	Recipe:  "simclr",
	Mixing:  &framework.Mixing{},
	Presets: framework.Presets(files, "presets"),
}, Params{WhiteningSize: 128, HiddenDim: 1024, OutputDim: 64}, New)

// New returns W-MSE with those hyperparameters.
func New(p Params) (framework.Method, error) { return &method{p}, nil }

type method struct{ Params }

func (m *method) Positives(s *framework.Step) []framework.Pair {
	encoder := nn.WithBatchGroups(s.Online(), 2) // each view has its own batch statistics
	head := framework.Head{Layers: 2, Hidden: m.HiddenDim, Out: m.OutputDim, HiddenBias: true, OutputBias: true}
	z := framework.Split(head.Embed(encoder.At("projector"), s.EmbedViews(encoder, s.Views[:2]...)), 2)
	return []framework.Pair{{Anchor: z[0], Positive: z[1]}}
}

func (m *method) Negatives(*framework.Step, []framework.Pair) *framework.Negatives { return nil }

// Loss whitens parts of the batch apart. Its order is random, so that the parts may be consecutive.
func (m *method) Loss(s *framework.Step, pairs []framework.Pair, _ *framework.Negatives) *graph.Node {
	if err := m.CheckBatch(s.BatchSize()); err != nil {
		panic(err)
	}
	parts := s.BatchSize() / m.WhiteningSize
	return framework.MeanOver(pairs, func(_ int, pair framework.Pair) *graph.Node {
		anchors, positives := framework.Split(pair.Anchor, parts), framework.Split(pair.Positive, parts)
		total := s.Constant(0)
		for i := range anchors {
			total = graph.Add(total, m.distance(anchors[i], positives[i]))
		}
		return graph.DivScalar(total, parts)
	})
}

// distance is that of the whitened views of one part.
func (m *method) distance(anchors, positives *graph.Node) *graph.Node {
	if m.HoldPositive {
		return loss.NormalizedMSE(loss.Whiten(anchors, m.Epsilon), loss.Whiten(positives, m.Epsilon))
	}
	return loss.WMSE([]*graph.Node{anchors, positives}, m.Epsilon)
}

func (m *method) Update(*framework.Step, []framework.Pair) {}

// Validate reports embeddings too wide to be whitened.
func (p *Params) Validate() error {
	if p.Epsilon == 0 && p.OutputDim >= p.WhiteningSize {
		return config.Faultf("output_dim", "%d features of %d samples can't be whitened: their covariance is singular; "+
			"choose fewer features, a larger whitening_size or an epsilon above 0", p.OutputDim, p.WhiteningSize)
	}
	return nil
}

// CheckBatch reports a batch size that can't be whitened in parts.
func (p *Params) CheckBatch(size int) error {
	if size%p.WhiteningSize == 0 {
		return nil
	}
	return config.Faultf("method.whitening_size",
		"the batch size %d is not a multiple of the %d samples that are whitened together", size, p.WhiteningSize)
}

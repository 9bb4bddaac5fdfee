// Package alignuniform learns by alignment and uniformity on the hypersphere
// (Wang and Isola, ICML 2020, arXiv:2005.10242): the two properties that a
// contrastive loss has in the limit, minimized directly. It shows all that a
// method in a module of its own needs.
package alignuniform

import (
	"math"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/framework/loss"
	"github.com/kontrast-ml/kontrast/framework/nn"
)

// Params are the hyperparameters. Their tags become the help, the
// configuration skeleton and the checks of what users write.
type Params struct {
	Align     float64 `yaml:"align" range:"[0,inf)"`
	Uniform   float64 `yaml:"uniform" range:"[0,inf)"`
	Scale     float64 `yaml:"scale" range:"(0,inf)"`
	OutputDim int     `yaml:"output_dim" range:"[2,inf)"`
}

// Validate checks what no single range can.
func (p *Params) Validate() error {
	if p.Align == 0 && p.Uniform == 0 {
		return config.Faultf("align", "align and uniform are both 0: nothing would be learned")
	}
	return nil
}

// Factory registers the method: see extensions.go.
var Factory = framework.NewFactory(framework.Info{
	Name:  "alignuniform",
	Title: "Alignment and uniformity",
	Paper: "Wang and Isola: Understanding Contrastive Representation Learning through Alignment and Uniformity on the " +
		"Hypersphere. ICML 2020, arXiv:2005.10242",
	Hooks: framework.Hooks{
		Positives: "the other view of the sample",
		Negatives: "the same view of the other samples",
		Loss:      "squared distance of positives, and log mean Gaussian potential of negatives",
		Update:    "nothing",
	},
	Recipe: "simclr",
	Mixing: &framework.Mixing{UnitPairs: true, UnitLoss: true, Contrasts: true},
}, Params{Align: 1, Uniform: 1, Scale: 2, OutputDim: 128}, New)

// New returns the method with those hyperparameters.
func New(p Params) (framework.Method, error) { return &method{p}, nil }

type method struct{ Params }

func (m *method) Positives(s *framework.Step) []framework.Pair {
	features := s.EmbedViews(s.Online(), s.Views[:2]...)
	head := framework.Head{Layers: 2, Out: m.OutputDim, OutputBias: true}
	z := framework.Split(nn.L2Normalize(head.Embed(s.Online().At("projector"), features)), 2)
	return []framework.Pair{{Anchor: z[0], Positive: z[1]}, {Anchor: z[1], Positive: z[0]}}
}

func (m *method) Negatives(_ *framework.Step, pairs []framework.Pair) *framework.Negatives {
	return framework.OtherAnchors(pairs)
}

func (m *method) Loss(_ *framework.Step, pairs []framework.Pair, negatives *framework.Negatives) *graph.Node {
	alignment := graph.ReduceAllMean(graph.ReduceSum(graph.Square(graph.Sub(pairs[0].Anchor, pairs[0].Positive)), -1))
	var uniformity *graph.Node // mean over the views
	for i, pair := range pairs {
		of := graph.DivScalar(
			m.logMeanPotential(negatives.Similarities(i, pair.Anchor), negatives.PerAnchor()), float64(len(pairs)),
		)
		if uniformity == nil {
			uniformity = of
		} else {
			uniformity = graph.Add(uniformity, of)
		}
	}
	return graph.Add(graph.MulScalar(alignment, m.Align), graph.MulScalar(uniformity, m.Uniform))
}

// logMeanPotential is the log of the mean of exp(-t‖x-y‖²) over unit vectors x
// and as many y for each, whose cosines are given, [N, K]; the squared distance
// of unit vectors is 2-2x·y.
func (m *method) logMeanPotential(cosines *graph.Node, perAnchor int) *graph.Node {
	exponents := graph.MulScalar(graph.AddScalar(cosines, -1), 2*m.Scale)
	count := cosines.Shape().Dimensions[0] * perAnchor
	return graph.AddScalar(loss.LogSumExp(graph.Reshape(exponents, -1)), -math.Log(float64(count)))
}

func (m *method) Update(*framework.Step, []framework.Pair) {}

// LossAtChance implements [framework.ChanceLosser]: guessing gives no
// particular value of this loss, unlike InfoNCE.
func (m *method) LossAtChance(int) float64 { return 0 }

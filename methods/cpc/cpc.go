// Package cpc is CPC v2, contrastive predictive coding of images: an image is cut
// into patches that overlap, each is embedded by itself, and from the rows down to
// one the embeddings of patches some rows below it shall be told from all others.
//
// Papers: van den Oord, Li and Vinyals: Representation Learning with Contrastive
// Predictive Coding, 2018, arXiv:1807.03748; v2 Hénaff et al.: Data-Efficient Image
// Recognition with Contrastive Predictive Coding, ICML 2020, arXiv:1905.09272.
package cpc

import (
	"embed"
	"errors"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/nn"
)

// Params are the hyperparameters of CPC.
type Params struct {
	Patch      int     `yaml:"patch_size" range:"[1,1024]"`
	Stride     int     `yaml:"stride" range:"[1,1024]"`
	Ahead      int     `yaml:"ahead" range:"[1,64]"`
	Directions int     `yaml:"directions" range:"[1,4]"`
	Scale      float64 `yaml:"scale" range:"(0,inf)"`
	Blocks     int     `yaml:"context_blocks" range:"[1,64]"`
	HiddenDim  int     `yaml:"hidden_dim" range:"[1,inf)"`
	OutputDim  int     `yaml:"output_dim" range:"[1,inf)"`
}

//go:embed presets
var files embed.FS

// Factory registers CPC.
var Factory = framework.NewFactory(framework.Info{
	Name:  "cpc",
	Title: "CPC v2",
	Paper: "van den Oord, Li and Vinyals: Representation Learning with Contrastive Predictive Coding. 2018, " +
		"arXiv:1807.03748; v2 Hénaff et al., ICML 2020, arXiv:1905.09272",
	Change: "a patch of an image is told from other patches by what the patches above it say; InfoNCE, which those " +
		"after it took over",
	Hooks: framework.Hooks{
		Positives: "the embedding of a patch some rows on; the anchor is predicted from the patches before it, in each of " +
			"four directions",
		Negatives: "all other patches of the batch, of the same image too",
		Loss:      "InfoNCE of inner products",
		Update:    "nothing",
	},
	Recipe:  "cpc",
	Presets: framework.Presets(files, "presets"),
}, Params{Patch: 8, Stride: 4, Ahead: 3, Directions: 4, Scale: 0.1, Blocks: 5, HiddenDim: 256, OutputDim: 64}, New)

// New returns CPC with those hyperparameters.
func New(p Params) (framework.Method, error) { return &method{p}, nil }

type method struct{ Params }

const targets = "targets" // the kept targets of all patches, in each direction

// Positives pairs predictions and targets, one after the other in the order of the
// samples, rows and columns, for each direction.
func (m *method) Positives(s *framework.Step) []framework.Pair {
	latents := m.embed(s) // [N, R, R, D]
	d := latents.Shape().Dimensions
	if d[1] < 2 {
		panic(errors.New("a patch is predicted from those before it, and there is one row of patches; choose smaller ones"))
	}
	ahead := min(m.Ahead, d[1]-1)
	flat := func(x *graph.Node) *graph.Node { return graph.Reshape(x, -1, m.OutputDim) }
	pairs, all := make([]framework.Pair, m.Directions), make([]*graph.Node, m.Directions)
	for i := range pairs {
		scope, z := s.Online().At("direction%d", i), turned(latents, i)
		context := m.context(scope.At("context"), z)
		target := nn.Linear(scope.At("target"), z, m.OutputDim, nn.LinearConfig{})
		before := graph.Slice(context, graph.AxisRange(), graph.AxisRange(0, d[1]-ahead))
		predicted := graph.MulScalar(nn.Linear(scope.At("prediction"), before, m.OutputDim, nn.LinearConfig{}), m.Scale)
		pairs[i] = framework.Pair{
			Anchor: flat(predicted), Positive: flat(graph.Slice(target, graph.AxisRange(), graph.AxisRangeToEnd(ahead))),
		}
		all[i] = flat(target)
	}
	s.Keep(targets, all...)
	return pairs
}

// Negatives are all targets of the batch but the one that is meant.
func (m *method) Negatives(s *framework.Step, pairs []framework.Pair) *framework.Negatives {
	keys := s.Kept(targets)
	return &framework.Negatives{
		Keys: keys, Exclude: m.meant(s, pairs[0].Anchor.Shape().Dim(0), keys[0].Shape().Dim(0)), Excluded: 1,
	}
}

func (m *method) Loss(s *framework.Step, pairs []framework.Pair, negatives *framework.Negatives) *graph.Node {
	return framework.InfoNCE(pairs, negatives, s.Constant(1))
}

func (m *method) Update(*framework.Step, []framework.Pair) {}

// Package pirl is PIRL, pretext-invariant representation learning: an image and the
// nine pieces of a jigsaw made of it shall both be told by the image's own entry in
// a memory bank.
//
// Paper: Misra and van der Maaten: Self-Supervised Learning of Pretext-Invariant
// Representations, CVPR 2020, arXiv:1912.01991.
package pirl

import (
	"embed"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/loss"
	"github.com/kontrast-ml/kontrast/framework/nn"
)

// Params are the hyperparameters of PIRL.
type Params struct {
	Temperature  float64 `yaml:"temperature" range:"(0,inf)"`
	Negatives    int     `yaml:"negatives" range:"[1,inf)"`
	BankMomentum float64 `yaml:"bank_momentum" range:"[0,1)"`
	Jigsaw       float64 `yaml:"jigsaw_weight" range:"[0,1]"`
	OutputDim    int     `yaml:"output_dim" range:"[1,inf)"`
}

//go:embed presets
var files embed.FS

// Factory registers PIRL.
var Factory = framework.NewFactory(framework.Info{
	Name:  "pirl",
	Title: "PIRL",
	Paper: "Misra and van der Maaten: Self-Supervised Learning of Pretext-Invariant Representations. CVPR 2020, " +
		"arXiv:1912.01991",
	From:   []string{"instdisc"},
	Change: "besides the image the shuffled pieces of a jigsaw of it are told by the image's entry in the memory bank",
	Hooks: framework.Hooks{
		Positives: "the sample's own entry in the memory bank, for the image and for the jigsaw of it",
		Negatives: "entries drawn from the bank",
		Loss:      "InfoNCE of cosine similarities, of image and jigsaw by weight",
		Update:    "the bank entries of the batch move toward the images' embeddings",
	},
	Recipe:  "pirl",
	Presets: framework.Presets(files, "presets"),
}, Params{Temperature: 0.07, Negatives: 1024, BankMomentum: 0.5, Jigsaw: 0.5, OutputDim: 128}, New)

// New returns PIRL with those hyperparameters.
func New(p Params) (framework.Method, error) { return &method{Params: p}, nil }

type method struct {
	Params
	fixed func(s *framework.Step, name string) *graph.Node // in place of random numbers; nil for none
}

// pieces are those of the jigsaw, side of them in a row.
const side, pieces = 3, 9

// Positives are of the image and of the jigsaw.
func (m *method) Positives(s *framework.Step) []framework.Pair {
	encoder := s.Online()
	linear := framework.Head{Layers: 1, Out: m.OutputDim, OutputBias: true}
	image := nn.L2Normalize(linear.Embed(encoder.At("projector"), s.Backbone(encoder, s.Views[0])))

	each := linear.Embed(encoder.At("piece_projector"), s.Backbone(encoder, m.cut(s)))
	each = framework.TakePatches(graph.Reshape(each, s.BatchSize(), pieces, m.OutputDim), m.order(s))
	all := graph.Reshape(each, s.BatchSize(), pieces*m.OutputDim)
	jigsaw := nn.L2Normalize(linear.Embed(encoder.At("jigsaw_projector"), all))

	own := m.bank(s).Own()
	return []framework.Pair{{Anchor: image, Positive: own}, {Anchor: jigsaw, Positive: own}}
}

func (m *method) Negatives(s *framework.Step, _ []framework.Pair) *framework.Negatives {
	bank := m.bank(s)
	return &framework.Negatives{Keys: []*graph.Node{bank.Entries()}, Chosen: m.draw(s, bank)}
}

func (m *method) Loss(s *framework.Step, pairs []framework.Pair, negatives *framework.Negatives) *graph.Node {
	of := func(i int) *graph.Node {
		return loss.InfoNCE(
			pairs[i].Anchor, pairs[i].Positive, negatives.Similarities(i, pairs[i].Anchor), s.Constant(m.Temperature),
		)
	}
	return graph.Add(graph.MulScalar(of(0), 1-m.Jigsaw), graph.MulScalar(of(1), m.Jigsaw))
}

func (m *method) Update(s *framework.Step, pairs []framework.Pair) {
	m.bank(s).Follow(pairs[0].Anchor, m.BankMomentum)
}

func (m *method) bank(s *framework.Step) *framework.Bank { return s.Bank("bank", m.OutputDim) }

// cut takes a piece from every cell of a 3×3 grid of the second view, 64/85 as long
// as the cell, at a random place in it: [N·9, p, p, C].
func (m *method) cut(s *framework.Step) *graph.Node {
	cell := s.Views[1].Shape().Dim(1) / side
	size := max(1, cell*64/85)
	number := graph.Iota(s.Graph, shapes.Make(dtypes.Int32, s.BatchSize(), pieces), 1)
	row := graph.DivScalar(number, side)
	column := graph.Sub(number, graph.MulScalar(row, side))
	place := func(name string, cells *graph.Node) *graph.Node {
		within := graph.Floor(graph.MulScalar(m.uniform(s, name), float64(cell-size+1)))
		return graph.Add(graph.MulScalar(cells, cell), graph.ConvertDType(within, dtypes.Int32))
	}
	return framework.CutPatches(s.Views[1], place("rows", row), place("columns", column), size)
}

// order is that of the pieces in the jigsaw, [N, 9].
func (m *method) order(s *framework.Step) *graph.Node {
	return framework.Permutations(m.uniform(s, "order"))
}

func (m *method) uniform(s *framework.Step, name string) *graph.Node {
	if m.fixed != nil {
		return m.fixed(s, name)
	}
	return s.Uniform(s.BatchSize(), pieces)
}

func (m *method) draw(s *framework.Step, bank *framework.Bank) *graph.Node {
	if m.fixed != nil {
		return graph.ConvertDType(m.fixed(s, "negatives"), dtypes.Int32)
	}
	return bank.Draw(m.Params.Negatives)
}

// Package data2vec is data2vec: for masked patches a vision transformer predicts
// what a moving average of itself, which sees the whole image, has for them on the
// average of its last blocks. Targets are so contextual, not pixels or words.
//
// Paper: Baevski, Hsu, Xu, Babu, Gu and Auli: data2vec: A General Framework for
// Self-supervised Learning in Speech, Vision and Language, ICML 2022, arXiv:2202.03555.
package data2vec

import (
	"embed"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/loss"
	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/framework/optim"
)

// Params are the hyperparameters of data2vec.
type Params struct {
	Masked        float64 `yaml:"masked" range:"(0,1)"`
	SmallestBlock int     `yaml:"smallest_block" range:"[1,inf)"`
	Averaged      int     `yaml:"averaged_blocks" range:"[1,inf)"`
	Beta          float64 `yaml:"beta" range:"(0,inf)"`
	Momentum      float64 `yaml:"teacher_momentum" range:"[0,1]"`
}

//go:embed presets
var files embed.FS

// Factory registers data2vec.
var Factory = framework.NewFactory(framework.Info{
	Name:  "data2vec",
	Title: "data2vec",
	Paper: "Baevski, Hsu, Xu, Babu, Gu and Auli: data2vec: A General Framework for Self-supervised Learning in Speech, " +
		"Vision and Language. ICML 2022, arXiv:2202.03555",
	From: []string{"byol"},
	Change: "one view, of which blocks of patches are masked: they learn BYOL's momentum teacher's average over its " +
		"last blocks",
	Hooks: framework.Hooks{
		Positives: "for each patch the mean of the teacher's last blocks, normalized; the teacher sees the whole image, " +
			"the student blocks of it masked",
		Negatives: "none",
		Loss:      "smooth absolute difference at the masked patches",
		Update:    "the teacher follows the student",
	},
	Patches: true,
	Recipe:  "data2vec",
	Presets: framework.Presets(files, "presets"),
}, Params{Masked: 0.6, SmallestBlock: 4, Averaged: 3, Beta: 2, Momentum: 0.99}, New)

// New returns data2vec with those hyperparameters.
func New(p Params) (framework.Method, error) { return &method{Params: p}, nil }

type method struct {
	Params
	fixed func(*framework.Step) *graph.Node // a mask in place of a drawn one; nil for none
}

const mask, embedded = "mask", "features" // what is kept of the images

// Positives pairs predictions and targets of all patches, [N, L, D]; those that are masked count.
func (m *method) Positives(s *framework.Step) []framework.Pair {
	images, masked := s.Views[0], m.mask(s)
	token := s.MaskToken(s.Predictor(), nn.TruncatedNormal(0.02))
	student := s.EmbedPatches(s.Online(), images, framework.Masking{Masked: masked, Token: token})
	s.Keep(mask, graph.ConvertDType(masked, student.Patches.DType()))
	s.Keep(embedded, student.Features)

	teacher := s.EmbedPatches(s.MomentumEncoder().Scope(), images, framework.Masking{})
	target := graph.StopGradient(m.average(teacher.Blocks))
	predicted := nn.Linear(s.Predictor().At("head"), student.Patches, target.Shape().Dim(2),
		nn.LinearConfig{Weight: nn.TruncatedNormal(0.02), Bias: nn.Zeros})
	return []framework.Pair{{Anchor: predicted, Positive: target}}
}

func (m *method) Negatives(*framework.Step, []framework.Pair) *framework.Negatives { return nil }

func (m *method) Loss(s *framework.Step, pairs []framework.Pair, _ *framework.Negatives) *graph.Node {
	masked := s.Kept(mask)[0]
	each := graph.ReduceMean(loss.SmoothL1(pairs[0].Anchor, pairs[0].Positive, m.Beta), 2) // [N, L]
	count := graph.MaxScalar(graph.ReduceAllSum(masked), 1)
	return graph.Div(graph.ReduceAllSum(graph.Mul(each, masked)), count)
}

func (m *method) Update(s *framework.Step, _ []framework.Pair) {
	s.MomentumEncoder().Follow(s.Constant(m.Momentum))
}

// average normalizes the patches [N, L, D] after each of the last blocks, and
// their mean once more, as the official code does.
func (m *method) average(blocks []*graph.Node) *graph.Node {
	last := blocks[max(0, len(blocks)-m.Averaged):]
	total := nn.Standardize(last[0])
	for _, block := range last[1:] {
		total = graph.Add(total, nn.Standardize(block))
	}
	return nn.Standardize(graph.DivScalar(total, len(last)))
}

// mask is true for the masked patches, [N, L].
func (m *method) mask(s *framework.Step) *graph.Node {
	if m.fixed != nil {
		return m.fixed(s)
	}
	rows, columns := s.PatchGrid(s.Views[0])
	count := float64(int(m.Masked * float64(rows*columns)))
	all := graph.BroadcastToDims(s.Constant(count), s.BatchSize())
	return s.BlockMask(s.Views[0], all, framework.Blocks{Least: float64(m.SmallestBlock), Aspect: 0.3})
}

// Adjust implements [framework.ParameterAdjuster]: the class token and learned
// positions are not decayed, as in the official code.
func (m *method) Adjust(_ *framework.Step, parameter *optim.Param) {
	if optim.IsClassOrPosition(parameter.Var) {
		parameter.NoDecay = true
	}
}

// Watched implements [framework.CollapseWatcher]: the features of the images,
// with patches masked. There is no other view to compare them with.
func (m *method) Watched(s *framework.Step, _ []framework.Pair) framework.Pair {
	features := nn.L2Normalize(s.Kept(embedded)[0])
	return framework.Pair{Anchor: features, Positive: features}
}

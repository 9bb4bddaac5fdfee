// Package ijepa is I-JEPA, the image-based joint-embedding predictive architecture:
// from a large block of an image's patches a predictor tells what the features of
// other blocks are, as a moving average of the encoder has them of the whole image.
//
// Paper: Assran, Duval, Misra, Bojanowski, Vincent, Rabbat, LeCun and Ballas:
// Self-Supervised Learning from Images with a Joint-Embedding Predictive
// Architecture, CVPR 2023, arXiv:2301.08243.
package ijepa

import (
	"embed"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/loss"
	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/framework/optim"
)

// Params are the hyperparameters of I-JEPA.
type Params struct {
	Targets         int     `yaml:"targets" range:"[1,64]"`
	TargetMin       float64 `yaml:"target_min" range:"(0,1]"`
	TargetMax       float64 `yaml:"target_max" range:"(0,1]"`
	AspectMin       float64 `yaml:"aspect_min" range:"(0,100]"`
	AspectMax       float64 `yaml:"aspect_max" range:"(0,100]"`
	ContextMin      float64 `yaml:"context_min" range:"(0,1]"`
	ContextMax      float64 `yaml:"context_max" range:"(0,1]"`
	LeastContext    int     `yaml:"least_context" range:"[0,inf)"`
	Momentum        float64 `yaml:"target_momentum" range:"[0,1]"`
	PredictorWidth  int     `yaml:"predictor_width" range:"[4,inf)"`
	PredictorLayers int     `yaml:"predictor_layers" range:"[1,inf)"`
	PredictorHeads  int     `yaml:"predictor_heads" range:"[1,inf)"`
}

//go:embed presets
var files embed.FS

// Factory registers I-JEPA.
var Factory = framework.NewFactory(framework.Info{
	Name:  "ijepa",
	Title: "I-JEPA",
	Paper: "Assran, Duval, Misra, Bojanowski, Vincent, Rabbat, LeCun and Ballas: Self-Supervised Learning from Images " +
		"with a Joint-Embedding Predictive Architecture. CVPR 2023, arXiv:2301.08243",
	From: []string{"data2vec", "mae"},
	Change: "MAE's encoder, which sees some patches only, predicts data2vec's features of blocks instead of pixels; no " +
		"masked tokens in the encoder",
	Hooks: framework.Hooks{
		Positives: "the features of a target block's patches, by the target encoder, which sees the whole image; the " +
			"anchor is predicted from the context",
		Negatives: "none",
		Loss:      "smooth absolute difference of the features",
		Update:    "the target encoder follows the encoder",
	},
	Patches: true,
	Recipe:  "ijepa",
	Presets: framework.Presets(files, "presets"),
}, Params{
	Targets: 4, TargetMin: 0.15, TargetMax: 0.2, AspectMin: 0.75, AspectMax: 1.5, ContextMin: 0.85, ContextMax: 1,
	LeastContext: 10, Momentum: 0.99, PredictorWidth: 96, PredictorLayers: 3, PredictorHeads: 3,
}, New)

// New returns I-JEPA with those hyperparameters.
func New(p Params) (framework.Method, error) { return &method{Params: p}, nil }

type method struct {
	Params
	fixed func(*framework.Step) (framework.Patches, []framework.Patches) // in place of drawn blocks; nil for none
}

const (
	momentumSchedule = "target_momentum"
	counted          = "counted"  // which kept patches of the targets count, [N, M] each
	embedded         = "features" // the kept features of the images
)

// Schedules implements [framework.Scheduler].
func (m *method) Schedules(length framework.Length) map[string]optim.Schedule {
	return map[string]optim.Schedule{momentumSchedule: optim.Linear{From: m.Momentum, To: 1, Steps: length.Steps()}}
}

// Positives pairs, for each target block, predictions and features of its patches, [N, M, D].
func (m *method) Positives(s *framework.Step) []framework.Pair {
	images := s.Views[0]
	context, blocks := m.blocks(s)
	seen := s.EmbedPatches(s.Online(), images, framework.Masking{Kept: context.Numbers, Shown: context.Shown})
	s.Keep(embedded, seen.Features)
	whole := s.EmbedPatches(s.MomentumEncoder().Scope(), images, framework.Masking{}).Patches
	features := graph.StopGradient(nn.Standardize(whole))

	rows, columns := s.PatchGrid(images)
	from := framework.Seen{Patches: context, Values: seen.Patches, GridWidth: columns, GridSize: rows * columns}
	pairs, shown := make([]framework.Pair, len(blocks)), make([]*graph.Node, len(blocks))
	for i, block := range blocks {
		predicted := m.predictor(features.Shape().Dim(2)).Predict(s.Predictor(), from, block)
		pairs[i] = framework.Pair{Anchor: predicted, Positive: framework.TakePatches(features, block.Numbers)}
		shown[i] = block.Shown
	}
	s.Keep(counted, shown...)
	return pairs
}

func (m *method) Negatives(*framework.Step, []framework.Pair) *framework.Negatives { return nil }

func (m *method) Loss(s *framework.Step, pairs []framework.Pair, _ *framework.Negatives) *graph.Node {
	return framework.MeanOver(pairs, func(i int, pair framework.Pair) *graph.Node {
		each := loss.SmoothL1(pair.Anchor, pair.Positive, 1)
		if shown := s.Kept(counted)[i]; shown != nil {
			return graph.ReduceAllMean(framework.MeanOfPatches(each, shown))
		}
		return graph.ReduceAllMean(each)
	})
}

func (m *method) Update(s *framework.Step, _ []framework.Pair) {
	s.MomentumEncoder().Follow(s.Scalar(momentumSchedule))
}

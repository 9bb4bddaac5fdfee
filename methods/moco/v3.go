package moco

import (
	"math"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/framework/optim"
)

// ParamsV3 are the hyperparameters of MoCo v3. A ViT has a projector of 3
// layers and a normalized predictor, and stands with its patch embedding
// frozen: see the backbone's freeze_patch_embedding.
type ParamsV3 struct {
	Temperature     float64 `yaml:"temperature" range:"(0,inf)"`
	EncoderMomentum float64 `yaml:"encoder_momentum" range:"[0,1]"`
	HiddenDim       int     `yaml:"hidden_dim" range:"[1,inf)"`
	OutputDim       int     `yaml:"output_dim" range:"[1,inf)"`
	ProjectorLayers int     `yaml:"projector_layers" range:"[1,10]"`
	PredictorNorm   bool    `yaml:"predictor_norm"`
}

// V3 registers MoCo v3: no queue, a predictor, both directions.
var V3 = framework.NewFactory(framework.Info{
	Name:  "mocov3",
	Title: "MoCo v3",
	Paper: "Chen, Xie and He: An Empirical Study of Training Self-Supervised Vision Transformers. ICCV 2021, " +
		"arXiv:2104.02057",
	From:   []string{"mocov2", "byol", "simclr"},
	Change: "the batch instead of the queue, as in SimCLR; BYOL's predictor and both directions; vision transformers",
	Hooks: framework.Hooks{
		Positives: "the other view of the sample, embedded by the momentum encoder, which follows the encoder first",
		Negatives: "the other samples' keys of that view",
		Loss:      "InfoNCE of cosine similarities with predictions, both directions, times 2T",
		Update:    "nothing",
	},
	Recipe:  "mocov3",
	Mixing:  &framework.Mixing{UnitPairs: true, UnitLoss: true, Contrasts: true},
	Presets: framework.Presets(files, "presets/v3"),
}, ParamsV3{Temperature: 0.2, EncoderMomentum: 0.99, HiddenDim: 4096, OutputDim: 256, ProjectorLayers: 2}, NewV3)

// NewV3 returns MoCo v3 with those hyperparameters.
func NewV3(p ParamsV3) (framework.Method, error) { return &methodV3{p}, nil }

type methodV3 struct{ ParamsV3 }

const momentumSchedule = "encoder_momentum"

// Schedules implements [framework.Scheduler].
func (m *methodV3) Schedules(length framework.Length) map[string]optim.Schedule {
	return map[string]optim.Schedule{momentumSchedule: framework.MomentumToOne(m.EncoderMomentum, length)}
}

func (m *methodV3) Positives(s *framework.Step) []framework.Pair {
	q := framework.Split(nn.L2Normalize(m.predict(s, m.project(s, s.Online()))), 2)

	momentum := s.MomentumEncoder()
	momentum.Follow(s.Scalar(momentumSchedule))
	keys := m.project(s, momentum.Scope())
	k := framework.Split(graph.StopGradient(nn.L2Normalize(keys)), 2)

	return []framework.Pair{{Anchor: q[0], Positive: k[1]}, {Anchor: q[1], Positive: k[0]}}
}

func (m *methodV3) Negatives(_ *framework.Step, pairs []framework.Pair) *framework.Negatives {
	return framework.OtherPositives(pairs)
}

func (m *methodV3) Loss(s *framework.Step, pairs []framework.Pair, negatives *framework.Negatives) *graph.Node {
	mean := framework.InfoNCE(pairs, negatives, s.Constant(m.Temperature))
	return graph.MulScalar(mean, 4*m.Temperature) // 2T times the sum of both directions
}

func (m *methodV3) Update(*framework.Step, []framework.Pair) {}

// project embeds both views, each with batch statistics of its own.
func (m *methodV3) project(s *framework.Step, encoder *model.Scope) *graph.Node {
	nn.WithBatchGroups(encoder, 2)
	head := framework.Head{
		Layers: m.ProjectorLayers, Hidden: m.HiddenDim, Out: m.OutputDim,
		OutputNorm: &nn.BatchNormConfig{NoAffine: true},
	}
	return head.Embed(encoder.At("projector"), s.EmbedViews(encoder, s.Views[:2]...))
}

func (m *methodV3) predict(s *framework.Step, z *graph.Node) *graph.Node {
	head := framework.Head{Layers: 2, Hidden: m.HiddenDim, Out: m.OutputDim}
	if m.PredictorNorm {
		head.OutputNorm = &nn.BatchNormConfig{NoAffine: true}
	}
	return head.Embed(nn.WithBatchGroups(s.Predictor(), 2), z)
}

// LossAtChance implements [framework.ChanceLosser]: two directions, each 2τ times a cross entropy.
func (m *methodV3) LossAtChance(negatives int) float64 {
	return 4 * m.Temperature * math.Log(float64(negatives+1))
}

// Package ressl is relational self-supervised learning (Zheng, You, Wang, Qian,
// Zhang, Wang and Xu, NeurIPS 2021, arXiv:2107.09282). No sample is pushed away:
// the strongly augmented view shall stand to the samples of a queue as the
// weakly augmented one does.
package ressl

import (
	"embed"
	"errors"
	"math"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/framework/loss"
	"github.com/kontrast-ml/kontrast/framework/nn"
)

// Params are the hyperparameters of ReSSL.
type Params struct {
	StudentTemperature float64 `yaml:"student_temperature" range:"(0,inf)"`
	TeacherTemperature float64 `yaml:"teacher_temperature" range:"(0,inf)"`
	EncoderMomentum    float64 `yaml:"encoder_momentum" range:"[0,1]"`
	Queue              int     `yaml:"queue" range:"[2,inf)"`
	HiddenDim          int     `yaml:"hidden_dim" range:"[1,inf)"`
	OutputDim          int     `yaml:"output_dim" range:"[1,inf)"`
	BatchNormSplits    int     `yaml:"batch_norm_splits" range:"[1,inf)"`
}

//go:embed presets
var files embed.FS

// Factory registers ReSSL.
var Factory = framework.NewFactory(framework.Info{
	Name:  "ressl",
	Title: "ReSSL",
	Paper: "Zheng, You, Wang, Qian, Zhang, Wang and Xu: ReSSL: Relational Self-Supervised Learning with Weak " +
		"Augmentation. NeurIPS 2021, arXiv:2107.09282",
	From: []string{"mocov2"},
	Change: "the queue is not pushed away: the softmax of a strong view's similarities to it shall be that of a weak " +
		"view's, sharpened",
	Hooks: framework.Hooks{
		Positives: "the weak view of the sample, embedded by the momentum encoder, which follows the encoder first",
		Negatives: "a queue of past keys, to which both views are related; nothing is pushed away from them",
		Loss:      "cross entropy of the strong view's softmax over the queue with the weak view's",
		Update:    "the batch's keys enter the queue",
	},
	Recipe: "ressl",
	Mixing: &framework.Mixing{
		UnitPairs: true, UnitLoss: true, Contrasts: true, Keeps: framework.HookNegatives, OwnLossOnly: true,
	},
	Presets: framework.Presets(files, "presets"),
}, Params{
	StudentTemperature: 0.1, TeacherTemperature: 0.04, EncoderMomentum: 0.99,
	Queue: 4096, HiddenDim: 4096, OutputDim: 256, BatchNormSplits: 1,
}, New)

// New returns ReSSL with those hyperparameters.
func New(p Params) (framework.Method, error) { return &method{p}, nil }

type method struct{ Params }

func (m *method) Positives(s *framework.Step) []framework.Pair {
	queries := m.embed(s, s.Online(), s.Views[0])

	momentum := s.MomentumEncoder()
	momentum.Follow(s.Constant(m.EncoderMomentum))
	shuffled, restore := framework.Interleave(s.Views[1], m.BatchNormSplits)
	keys := restore(m.embed(s, momentum.Scope(), shuffled))

	return []framework.Pair{{Anchor: queries, Positive: graph.StopGradient(keys)}}
}

func (m *method) Negatives(s *framework.Step, _ []framework.Pair) *framework.Negatives {
	return &framework.Negatives{Keys: []*graph.Node{m.queue(s).Keys()}}
}

func (m *method) Loss(s *framework.Step, pairs []framework.Pair, negatives *framework.Negatives) *graph.Node {
	return loss.ReSSL(pairs[0].Anchor, pairs[0].Positive, negatives.ForPair(0),
		s.Constant(m.StudentTemperature), s.Constant(m.TeacherTemperature))
}

func (m *method) Update(s *framework.Step, pairs []framework.Pair) {
	m.queue(s).Enqueue(pairs[0].Positive)
}

func (m *method) queue(s *framework.Step) *framework.Queue {
	return s.Queue("queue", m.Queue, m.OutputDim)
}

// embed returns normalized embeddings by a head without batch norm.
func (m *method) embed(s *framework.Step, encoder *model.Scope, images *graph.Node) *graph.Node {
	nn.WithSplitBatchNorm(encoder, m.BatchNormSplits)
	head := framework.Head{
		Layers: 2, Hidden: m.HiddenDim, Out: m.OutputDim, HiddenBias: true, OutputBias: true, NoNorm: true,
	}
	return nn.L2Normalize(head.Embed(encoder.At("projector"), s.Backbone(encoder, images)))
}

// LossAtChance implements [framework.ChanceLosser]: an even softmax over the
// queue, which has no place for the positive.
func (m *method) LossAtChance(queue int) float64 { return math.Log(float64(queue)) }

// CheckBatch reports a batch size that the queue or the splits don't fit.
func (p *Params) CheckBatch(size int) error {
	faults := []error{framework.CheckQueue("method.queue", p.Queue, size)}
	if size%p.BatchNormSplits != 0 {
		faults = append(faults, config.Faultf("method.batch_norm_splits",
			"the batch size %d can't be split into %d equal parts", size, p.BatchNormSplits))
	}
	return errors.Join(faults...)
}

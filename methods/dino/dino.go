// Package dino is DINO, self-distillation with no labels. A student network
// learns to give for every crop of an image the probabilities that a teacher, a
// moving average of the student, gives for the other large crops. There are no
// negatives: that the teacher's outputs are centered, so that none wins for all
// images, and sharpened, so that they don't become uniform, prevents collapse.
//
// Paper: Caron, Touvron, Misra, Jégou, Mairal, Bojanowski and Joulin: Emerging
// Properties in Self-Supervised Vision Transformers, ICCV 2021, arXiv:2104.14294.
package dino

import (
	"embed"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/loss"
)

// Params are the hyperparameters of DINO.
type Params struct {
	StudentTemperature float64 `yaml:"student_temperature" range:"(0,inf)"`
	TeacherTemperature float64 `yaml:"teacher_temperature" range:"(0,inf)"`
	WarmupTemperature  float64 `yaml:"warmup_teacher_temperature" range:"(0,inf)"`
	WarmupEpochs       int     `yaml:"warmup_teacher_epochs" range:"[0,inf)"`
	TeacherMomentum    float64 `yaml:"teacher_momentum" range:"[0,1]"`
	CenterMomentum     float64 `yaml:"center_momentum" range:"[0,1]"`
	HeadLayers         int     `yaml:"head_layers" range:"[1,10]"`
	HiddenDim          int     `yaml:"hidden_dim" range:"[1,inf)"`
	BottleneckDim      int     `yaml:"bottleneck_dim" range:"[1,inf)"`
	OutputDim          int     `yaml:"output_dim" range:"[2,inf)"`
	BatchNorm          bool    `yaml:"batch_norm"`
	TrainScale         bool    `yaml:"train_scale"`
	FreezeEpochs       float64 `yaml:"freeze_last_layer_epochs" range:"[0,inf)"`
	StartDecay         float64 `yaml:"weight_decay_start" range:"[0,1)"`
	EndDecay           float64 `yaml:"weight_decay_end" range:"[0,1)"`
}

//go:embed presets
var files embed.FS

// Factory registers DINO.
var Factory = framework.NewFactory(framework.Info{
	Name:  "dino",
	Title: "DINO",
	Paper: "Caron, Touvron, Misra, Jégou, Mairal, Bojanowski and Joulin: Emerging Properties in Self-Supervised Vision " +
		"Transformers. ICCV 2021, arXiv:2104.14294",
	From: []string{"byol", "swav"},
	Change: "no predictor: softmax outputs of a momentum teacher, centered and sharpened, are what the student learns; " +
		"SwAV's crops",
	Hooks: framework.Hooks{
		Positives: "the teacher's outputs for the other large crops",
		Negatives: "none; the teacher's outputs are centered and sharpened",
		Loss:      "cross entropy of the student's softmax with the teacher's, over all pairs of crops",
		Update:    "the teacher follows the student; the center follows the teacher's outputs",
	},
	Recipe:  "dino",
	Mixing:  &framework.Mixing{Keeps: framework.HookPositives, OwnLossOnly: true},
	Presets: framework.Presets(files, "presets"),
}, Params{
	StudentTemperature: 0.1, TeacherTemperature: 0.04, WarmupTemperature: 0.04,
	TeacherMomentum: 0.99, CenterMomentum: 0.9,
	HeadLayers: 2, HiddenDim: 2048, BottleneckDim: 256, OutputDim: 2048, BatchNorm: true,
	FreezeEpochs: 1,
}, New)

// New returns DINO with those hyperparameters.
func New(p Params) (framework.Method, error) { return &method{p}, nil }

type method struct{ Params }

// large is the number of crops that the teacher sees, the first of a step's views.
const large = 2

// Positives pairs the student's outputs for every crop with the teacher's for
// each large one other than itself, before any softmax.
func (m *method) Positives(s *framework.Step) []framework.Pair {
	students := m.embed(s, s.Online(), s.Views)
	teachers := m.embed(s, s.MomentumEncoder().Scope(), s.Views[:large])
	for i, teacher := range teachers {
		teachers[i] = graph.StopGradient(teacher)
	}
	return framework.OtherViews(students, teachers)
}

func (m *method) Negatives(*framework.Step, []framework.Pair) *framework.Negatives { return nil }

func (m *method) Loss(s *framework.Step, pairs []framework.Pair, _ *framework.Negatives) *graph.Node {
	temperature := s.Constant(m.StudentTemperature)
	return framework.Distill(pairs,
		func(student *graph.Node) *graph.Node { return graph.Div(student, temperature) },
		func(teacher *graph.Node) *graph.Node { return m.teach(s, teacher) })
}

// teach turns the teacher's outputs into the probabilities that the student learns.
func (m *method) teach(s *framework.Step, outputs *graph.Node) *graph.Node {
	return loss.Sharpened(outputs, m.center(s).Value(), s.Scalar(teacherTemperature))
}

// Watched implements [framework.CollapseWatcher]: it is probabilities that
// collapse, to one output or to all the same.
func (m *method) Watched(s *framework.Step, pairs []framework.Pair) framework.Pair {
	return framework.Pair{
		Anchor:   graph.Softmax(graph.DivScalar(pairs[0].Anchor, m.StudentTemperature)),
		Positive: m.teach(s, pairs[0].Positive),
	}
}

func (m *method) Update(s *framework.Step, pairs []framework.Pair) {
	s.MomentumEncoder().Follow(s.Scalar(teacherMomentum))
	m.center(s).Follow(graph.Concatenate(framework.DistinctPositives(pairs), 0), m.CenterMomentum)
}

func (m *method) center(s *framework.Step) *framework.Center { return s.Center("center", m.OutputDim) }

// embed returns the outputs of each crop.
func (m *method) embed(s *framework.Step, encoder *model.Scope, crops []*graph.Node) []*graph.Node {
	head := framework.PrototypeHead{
		Layers: m.HeadLayers, Hidden: m.HiddenDim, Bottleneck: m.BottleneckDim, Out: m.OutputDim,
		BatchNorm: m.BatchNorm, TrainScale: m.TrainScale,
	}
	return framework.Split(head.Embed(s, encoder.At("projector"), s.EmbedViews(encoder, crops...)), len(crops))
}

// Package ibot is iBOT, image BERT with an online tokenizer: DINO, whose student also
// predicts for masked patches what the teacher, who sees them, makes of them.
//
// Paper: Zhou, Wei, Wang, Shen, Xie, Yuille and Kong: iBOT: Image BERT Pre-Training
// with Online Tokenizer, ICLR 2022, arXiv:2111.07832.
package ibot

import (
	"embed"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/loss"
	"github.com/kontrast-ml/kontrast/framework/nn"
)

// Params are the hyperparameters of iBOT.
type Params struct {
	StudentTemperature float64 `yaml:"student_temperature" range:"(0,inf)"`
	TeacherTemperature float64 `yaml:"teacher_temperature" range:"(0,inf)"`
	PatchTemperature   float64 `yaml:"patch_teacher_temperature" range:"(0,inf)"`
	WarmupTemperature  float64 `yaml:"warmup_teacher_temperature" range:"(0,inf)"`
	WarmupEpochs       int     `yaml:"warmup_teacher_epochs" range:"[0,inf)"`
	TeacherMomentum    float64 `yaml:"teacher_momentum" range:"[0,1]"`
	CenterMomentum     float64 `yaml:"center_momentum" range:"[0,1]"`
	PatchWeight        float64 `yaml:"patch_weight" range:"[0,inf)"`
	MaskedImages       float64 `yaml:"masked_images" range:"[0,1]"`
	MaskedMin          float64 `yaml:"masked_min" range:"[0,1]"`
	MaskedMax          float64 `yaml:"masked_max" range:"[0,1]"`
	HeadLayers         int     `yaml:"head_layers" range:"[1,10]"`
	HiddenDim          int     `yaml:"hidden_dim" range:"[1,inf)"`
	BottleneckDim      int     `yaml:"bottleneck_dim" range:"[1,inf)"`
	OutputDim          int     `yaml:"output_dim" range:"[2,inf)"`
	TrainScale         bool    `yaml:"train_scale"`
	FreezeEpochs       float64 `yaml:"freeze_last_layer_epochs" range:"[0,inf)"`
}

//go:embed presets
var files embed.FS

// Factory registers iBOT.
var Factory = framework.NewFactory(framework.Info{
	Name:  "ibot",
	Title: "iBOT",
	Paper: "Zhou, Wei, Wang, Shen, Xie, Yuille and Kong: iBOT: Image BERT Pre-Training with Online Tokenizer. ICLR " +
		"2022, arXiv:2111.07832",
	From: []string{"dino"},
	Change: "blocks of patches of the student's large crops are masked, and their tokens learn the teacher's tokens of " +
		"the same patches",
	Hooks: framework.Hooks{
		Positives: "the teacher's outputs for the other large crops; for each patch the teacher's for the same patch, " +
			"which it sees",
		Negatives: "none; the teacher's outputs are centered and sharpened",
		Loss:      "cross entropy of softmaxes over all pairs of crops, and over the masked patches",
		Update:    "the teacher follows the student; the centers follow the teacher's outputs for crops and for patches",
	},
	Patches: true,
	Recipe:  "ibot",
	Presets: framework.Presets(files, "presets"),
}, Params{
	StudentTemperature: 0.1, TeacherTemperature: 0.04, PatchTemperature: 0.07, WarmupTemperature: 0.04,
	TeacherMomentum: 0.99, CenterMomentum: 0.9, PatchWeight: 1, MaskedImages: 0.5, MaskedMin: 0.1, MaskedMax: 0.5,
	HeadLayers: 3, HiddenDim: 512, BottleneckDim: 64, OutputDim: 1024, FreezeEpochs: 1,
}, New)

// New returns iBOT with those hyperparameters.
func New(p Params) (framework.Method, error) { return &method{Params: p}, nil }

// large is the number of crops that are masked and that the teacher sees.
const large = 2

const masks = "masks" // the kept masks of the large crops

// Positives pairs crops, [N, K], and then the patches of each large crop, [N, L, K].
func (m *method) Positives(s *framework.Step) []framework.Pair {
	images := graph.Concatenate(s.Views[:large], 0)
	mask := m.mask(s, images)
	s.Keep(masks, framework.Split(mask, large)...)
	token := s.MaskToken(s.Predictor(), nn.Zeros) // the student's alone: the teacher sees whole crops
	students, studentPatches := m.embed(s, s.Online(), images, framework.Masking{Masked: mask, Token: token})
	students = append(students, m.embedSmall(s)...)
	teachers, teacherPatches := m.embed(s, s.MomentumEncoder().Scope(), images, framework.Masking{})

	pairs := framework.OtherViews(students, stopped(teachers))
	for i, patches := range stopped(teacherPatches) {
		pairs = append(pairs, framework.Pair{Anchor: studentPatches[i], Positive: patches})
	}
	return pairs
}

func (m *method) Negatives(*framework.Step, []framework.Pair) *framework.Negatives { return nil }

func (m *method) Loss(s *framework.Step, pairs []framework.Pair, _ *framework.Negatives) *graph.Node {
	crops, patches := parted(pairs)
	temperature := s.Constant(m.StudentTemperature)
	ofCrops := framework.Distill(crops,
		func(student *graph.Node) *graph.Node { return graph.Div(student, temperature) },
		func(teacher *graph.Node) *graph.Node { return m.teach(s, teacher) })
	ofPatches := framework.MeanOver(patches, func(i int, pair framework.Pair) *graph.Node {
		mask := graph.ConvertDType(s.Kept(masks)[i], pair.Anchor.DType())
		return loss.IBOT(
			pair.Anchor, pair.Positive, mask, m.center(s, "patch_center").Value(), temperature, s.Scalar(patchTemperature),
		)
	})
	return graph.Add(ofCrops, graph.MulScalar(ofPatches, m.PatchWeight))
}

// Update moves the patches' center by all of them, not the masked alone, as the official code does.
func (m *method) Update(s *framework.Step, pairs []framework.Pair) {
	crops, patches := parted(pairs)
	s.MomentumEncoder().Follow(s.Scalar(teacherMomentum))
	m.center(s, "center").Follow(graph.Concatenate(framework.DistinctPositives(crops), 0), m.CenterMomentum)
	all := graph.Concatenate([]*graph.Node{patches[0].Positive, patches[1].Positive}, 0)
	m.center(s, "patch_center").Follow(graph.Reshape(all, -1, m.OutputDim), m.CenterMomentum)
}

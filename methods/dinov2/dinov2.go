// Package dinov2 is DINOv2: iBOT, whose teacher's outputs are balanced by Sinkhorn
// instead of centered, with a regularizer that spreads the features of a batch.
//
// Paper: Oquab, Darcet, Moutakanni et al.: DINOv2: Learning Robust Visual Features
// without Supervision, TMLR 2024, arXiv:2304.07193.
package dinov2

import (
	"embed"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/loss"
	"github.com/kontrast-ml/kontrast/framework/nn"
)

// Params are the hyperparameters of DINOv2.
type Params struct {
	StudentTemperature float64 `yaml:"student_temperature" range:"(0,inf)"`
	TeacherTemperature float64 `yaml:"teacher_temperature" range:"(0,inf)"`
	WarmupTemperature  float64 `yaml:"warmup_teacher_temperature" range:"(0,inf)"`
	WarmupEpochs       int     `yaml:"warmup_teacher_epochs" range:"[0,inf)"`
	Iterations         int     `yaml:"sinkhorn_iterations" range:"[1,inf)"`
	TeacherMomentum    float64 `yaml:"teacher_momentum" range:"[0,1]"`
	PatchWeight        float64 `yaml:"patch_weight" range:"[0,inf)"`
	KoLeoWeight        float64 `yaml:"koleo_weight" range:"[0,inf)"`
	MaskedImages       float64 `yaml:"masked_images" range:"[0,1]"`
	MaskedMin          float64 `yaml:"masked_min" range:"[0,1]"`
	MaskedMax          float64 `yaml:"masked_max" range:"[0,1]"`
	SeparateHeads      bool    `yaml:"separate_heads"`
	HeadLayers         int     `yaml:"head_layers" range:"[1,10]"`
	HiddenDim          int     `yaml:"hidden_dim" range:"[1,inf)"`
	BottleneckDim      int     `yaml:"bottleneck_dim" range:"[1,inf)"`
	OutputDim          int     `yaml:"output_dim" range:"[2,inf)"`
	FreezeEpochs       float64 `yaml:"freeze_last_layer_epochs" range:"[0,inf)"`
}

//go:embed presets
var files embed.FS

// Factory registers DINOv2.
var Factory = framework.NewFactory(framework.Info{
	Name:  "dinov2",
	Title: "DINOv2",
	Paper: "Oquab, Darcet, Moutakanni et al.: DINOv2: Learning Robust Visual Features without Supervision. TMLR 2024, " +
		"arXiv:2304.07193",
	From: []string{"ibot", "swav"},
	Change: "SwAV's Sinkhorn balances the teacher's outputs instead of centers; KoLeo spreads the features; heads of " +
		"their own for crops and patches",
	Hooks: framework.Hooks{
		Positives: "the teacher's outputs for the other large crops; for each patch the teacher's for the same patch, " +
			"which it sees",
		Negatives: "none; Sinkhorn spreads the teacher's outputs, KoLeo the student's features",
		Loss: "cross entropy of softmaxes over all pairs of crops, and over the masked patches; minus the mean log " +
			"distance of nearest features",
		Update: "the teacher follows the student",
	},
	Patches: true,
	Recipe:  "dinov2",
	Presets: framework.Presets(files, "presets"),
}, Params{
	StudentTemperature: 0.1, TeacherTemperature: 0.07, WarmupTemperature: 0.04, Iterations: 3, TeacherMomentum: 0.99,
	PatchWeight: 1, KoLeoWeight: 0.1, MaskedImages: 0.5, MaskedMin: 0.1, MaskedMax: 0.5, SeparateHeads: true,
	HeadLayers: 3, HiddenDim: 512, BottleneckDim: 64, OutputDim: 1024, FreezeEpochs: 1,
}, New)

// New returns DINOv2 with those hyperparameters.
func New(p Params) (framework.Method, error) { return &method{Params: p}, nil }

// large is the number of crops that are masked and that the teacher sees.
const large = 2

const mask, features = "mask", "features" // what is kept of the large crops

// Positives pairs crops, [N, K], and then the patches of both large crops, [2N, L, K].
func (m *method) Positives(s *framework.Step) []framework.Pair {
	images := graph.Concatenate(s.Views[:large], 0)
	masked := m.mask(s, images)
	s.Keep(mask, masked)
	online := s.Online()
	token := s.MaskToken(s.Predictor(), nn.Zeros) // the student's alone: the teacher sees whole crops
	tokens := s.EmbedPatches(online, images, framework.Masking{Masked: masked, Token: token})
	s.Keep(features, framework.Split(tokens.Features, large)...)
	students := framework.Split(m.ofCrops(s, online, tokens.Features), large)
	patches := m.ofPatches(s, online, tokens.Patches)
	if small := s.Views[large:]; len(small) > 0 {
		students = append(students, framework.Split(m.ofCrops(s, online, s.EmbedViews(online, small...)), len(small))...)
	}

	encoder := s.MomentumEncoder().Scope()
	whole := s.EmbedPatches(encoder, images, framework.Masking{})
	teachers := framework.Split(graph.StopGradient(m.ofCrops(s, encoder, whole.Features)), large)
	return append(framework.OtherViews(students, teachers),
		framework.Pair{Anchor: patches, Positive: graph.StopGradient(m.ofPatches(s, encoder, whole.Patches))})
}

func (m *method) Negatives(*framework.Step, []framework.Pair) *framework.Negatives { return nil }

func (m *method) Loss(s *framework.Step, pairs []framework.Pair, _ *framework.Negatives) *graph.Node {
	crops, patches := pairs[:len(pairs)-1], pairs[len(pairs)-1]
	temperature := s.Constant(m.StudentTemperature)
	taught := m.teach(s, crops)
	ofCrops := framework.Distill(crops,
		func(student *graph.Node) *graph.Node { return graph.Div(student, temperature) },
		func(teacher *graph.Node) *graph.Node { return taught[teacher] })
	masked := s.Kept(mask)[0]
	ofPatches := loss.MaskedDistillation(m.teachPatches(s, patches.Positive, masked),
		graph.Div(patches.Anchor, temperature), graph.ConvertDType(masked, patches.Anchor.DType()))
	total := graph.Add(ofCrops, graph.MulScalar(ofPatches, m.PatchWeight))
	for _, of := range s.Kept(features) { // apart: the crops of one image shall be close
		total = graph.Add(total, graph.MulScalar(loss.KoLeo(of), m.KoLeoWeight))
	}
	return total
}

func (m *method) Update(s *framework.Step, _ []framework.Pair) {
	s.MomentumEncoder().Follow(s.Scalar(teacherMomentum))
}

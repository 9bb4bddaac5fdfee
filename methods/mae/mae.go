// Package mae is the masked autoencoder: a vision transformer sees a quarter of an
// image's patches, and a small decoder restores the pixels of all others. It
// contrasts nothing; it is here to be compared with.
//
// Paper: He, Chen, Xie, Li, Dollár and Girshick: Masked Autoencoders Are Scalable
// Vision Learners, CVPR 2022, arXiv:2111.06377.
package mae

import (
	"embed"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/framework/nn"
)

// Params are the hyperparameters of MAE.
type Params struct {
	Masked        float64 `yaml:"masked" range:"(0,1)"`
	NormPixels    bool    `yaml:"norm_pixels"`
	DecoderWidth  int     `yaml:"decoder_width" range:"[4,inf)"`
	DecoderLayers int     `yaml:"decoder_layers" range:"[1,inf)"`
	DecoderHeads  int     `yaml:"decoder_heads" range:"[1,inf)"`
}

// Validate checks what ranges can't.
func (p Params) Validate() error {
	if p.DecoderWidth%4 != 0 || p.DecoderWidth%p.DecoderHeads != 0 {
		return config.Faultf("decoder_width", "%d can't be divided by 4, for the positions, and by %d heads",
			p.DecoderWidth, p.DecoderHeads)
	}
	return nil
}

//go:embed presets
var files embed.FS

// Factory registers MAE.
var Factory = framework.NewFactory(framework.Info{
	Name:  "mae",
	Title: "MAE",
	Paper: "He, Chen, Xie, Li, Dollár and Girshick: Masked Autoencoders Are Scalable Vision Learners. CVPR 2022, " +
		"arXiv:2111.06377",
	Change: "nothing is contrasted: the encoder sees a quarter of the patches, and a small decoder restores the pixels " +
		"of the others",
	Hooks: framework.Hooks{
		Positives: "the pixels of a patch that was left out, normalized; the anchor is what the decoder makes of the " +
			"patches that were seen",
		Negatives: "none",
		Loss:      "mean squared difference of the pixels of patches that were left out",
		Update:    "nothing",
	},
	Patches: true,
	Recipe:  "mae",
	Presets: framework.Presets(files, "presets"),
}, Params{Masked: 0.75, NormPixels: true, DecoderWidth: 128, DecoderLayers: 2, DecoderHeads: 4}, New)

// New returns MAE with those hyperparameters.
func New(p Params) (framework.Method, error) { return &method{Params: p}, nil }

type method struct {
	Params
	fixed func(*framework.Step) (kept, dropped *graph.Node) // in place of random patches; nil for none
}

const embedded = "features" // the kept features of the images

// Positives pairs predictions and pixels of the patches that are left out, [N·M, side·side·C] each.
func (m *method) Positives(s *framework.Step) []framework.Pair {
	images := s.Views[0]
	kept, dropped := m.patches(s)
	seen := s.EmbedPatches(s.Online(), images, framework.Masking{Kept: kept})
	s.Keep(embedded, seen.Features)

	pixels := framework.TakePatches(s.Pixels(images), dropped)
	rows, columns := s.PatchGrid(images)
	predicted := m.decoder(pixels.Shape().Dim(2)).Predict(s.Online().At("decoder"), framework.Seen{
		Patches: framework.Patches{Numbers: kept}, Values: seen.Patches, Class: seen.Class, GridWidth: columns,
		GridSize: rows * columns,
	}, framework.Patches{Numbers: dropped})
	return []framework.Pair{{Anchor: flat(predicted), Positive: flat(m.target(pixels))}}
}

func (m *method) Negatives(*framework.Step, []framework.Pair) *framework.Negatives { return nil }

func (m *method) Loss(_ *framework.Step, pairs []framework.Pair, _ *framework.Negatives) *graph.Node {
	return graph.ReduceAllMean(graph.Square(graph.Sub(pairs[0].Anchor, pairs[0].Positive)))
}

func (m *method) Update(*framework.Step, []framework.Pair) {}

// patches are those that the encoder sees and those that it does not, [N, K] and [N, M].
func (m *method) patches(s *framework.Step) (kept, dropped *graph.Node) {
	if m.fixed != nil {
		return m.fixed(s)
	}
	return s.RandomPatches(s.Views[0], m.Masked)
}

// target normalizes the pixels [N, M, P] of each patch by their mean and unbiased variance.
func (m *method) target(pixels *graph.Node) *graph.Node {
	if !m.NormPixels {
		return pixels
	}
	centered := graph.Sub(pixels, graph.ReduceAndKeep(pixels, graph.ReduceMean, -1))
	squares := graph.ReduceAndKeep(graph.Square(centered), graph.ReduceSum, -1)
	variance := graph.DivScalar(squares, max(1, pixels.Shape().Dim(-1)-1))
	return graph.Div(centered, graph.Sqrt(graph.AddScalar(variance, 1e-6)))
}

// Watched implements [framework.CollapseWatcher]: the images' features. There is
// no other view to compare them with.
func (m *method) Watched(s *framework.Step, _ []framework.Pair) framework.Pair {
	features := nn.L2Normalize(s.Kept(embedded)[0])
	return framework.Pair{Anchor: features, Positive: features}
}

func flat(x *graph.Node) *graph.Node { return graph.Reshape(x, -1, x.Shape().Dim(-1)) }

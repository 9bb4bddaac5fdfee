// Package clip is contrastive language-image pre-training, CLIP (Radford et
// al., ICML 2021, arXiv:2103.00020), and SigLIP, which replaces its softmax by
// a sigmoid (Zhai et al., ICCV 2023, arXiv:2303.15343).
package clip

import (
	"embed"
	"math"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework"
)

// Params are the hyperparameters of CLIP.
type Params struct {
	Temperature float64 `yaml:"temperature" range:"(0,inf)"`
	MaxScale    float64 `yaml:"max_scale" range:"[1,inf)"`
	Towers      `yaml:",inline"`
}

//go:embed presets
var files embed.FS

// Factory registers CLIP.
var Factory = framework.NewFactory(framework.Info{
	Name:  "clip",
	Title: "CLIP",
	Paper: "Radford, Kim, Hallacy et al.: Learning Transferable Visual Models From Natural Language Supervision. ICML " +
		"2021, arXiv:2103.00020",
	From: []string{"cpc"},
	Change: "CPC's InfoNCE, where the other view of an image is its caption, embedded by a text transformer; the " +
		"temperature is learned",
	Hooks: framework.Hooks{
		Positives: "the caption of the image, and the image of the caption",
		Negatives: "the captions of the other images, and the other images, of the batch",
		Loss:      "InfoNCE in both directions, with a learned temperature",
		Update:    "the temperature is kept above 1/100",
	},
	Recipe:  "clip",
	Presets: framework.Presets(files, "presets/clip"),
}, Params{Temperature: 0.07, MaxScale: 100, Towers: defaultTowers()}, New)

// New returns CLIP with those hyperparameters.
func New(p Params) (framework.Method, error) {
	towers, err := newTowers(p.Towers)
	if err != nil {
		return nil, err
	}
	return &method{towers, p}, nil
}

type method struct {
	*towers
	params Params
}

// logitScale is the name of the variable that holds the logarithm of the scale.
const logitScale = "logit_scale"

func (m *method) Positives(s *framework.Step) []framework.Pair {
	images, texts := m.pair(s)
	return []framework.Pair{{Anchor: images, Positive: texts}, {Anchor: texts, Positive: images}}
}

func (m *method) Negatives(s *framework.Step, pairs []framework.Pair) *framework.Negatives {
	return framework.OtherPositives(pairs).Without(s.SameImage())
}

func (m *method) Loss(s *framework.Step, pairs []framework.Pair, negatives *framework.Negatives) *graph.Node {
	scale := learned(s, logitScale, -math.Log(m.params.Temperature))
	return framework.InfoNCE(pairs, negatives, graph.Exp(graph.Neg(scale)))
}

func (m *method) Update(s *framework.Step, _ []framework.Pair) {
	scale := s.Online().GetVariable(logitScale)
	scale.SetNodeValue(graph.ClipScalar(scale.NodeValue(s.Graph), 0, math.Log(m.params.MaxScale)))
}

package clip

import (
	"math"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/loss"
)

// SigLIPParams are the hyperparameters of SigLIP.
type SigLIPParams struct {
	Scale  float64 `yaml:"scale" range:"(0,inf)"`
	Bias   float64 `yaml:"bias"`
	Towers `yaml:",inline"`
}

// SigLIP registers SigLIP.
var SigLIP = framework.NewFactory(framework.Info{
	Name:  "siglip",
	Title: "SigLIP",
	Paper: "Zhai, Mustafa, Kolesnikov and Beyer: Sigmoid Loss for Language Image Pre-Training. ICCV 2023, " +
		"arXiv:2303.15343",
	From:   []string{"clip"},
	Change: "a sigmoid for each pair of image and caption instead of a softmax over the batch; a learned bias",
	Hooks: framework.Hooks{
		Positives: "the captions of the image",
		Negatives: "the captions of the other images of the batch",
		Loss:      "the logistic loss of each pair of image and caption, matching or not",
		Update:    "nothing",
	},
	Recipe:  "clip",
	Presets: framework.Presets(files, "presets/siglip"),
}, SigLIPParams{Scale: 10, Bias: -10, Towers: defaultTowers()}, NewSigLIP)

// NewSigLIP returns SigLIP with those hyperparameters.
func NewSigLIP(p SigLIPParams) (framework.Method, error) {
	towers, err := newTowers(p.Towers)
	if err != nil {
		return nil, err
	}
	return &sigLIP{towers, p}, nil
}

type sigLIP struct {
	*towers
	params SigLIPParams
}

func (m *sigLIP) Positives(s *framework.Step) []framework.Pair {
	images, texts := m.pair(s)
	return []framework.Pair{{Anchor: images, Positive: texts}}
}

func (m *sigLIP) Negatives(s *framework.Step, pairs []framework.Pair) *framework.Negatives {
	return framework.OtherPositives(pairs).Without(s.SameImage())
}

func (m *sigLIP) Loss(s *framework.Step, pairs []framework.Pair, negatives *framework.Negatives) *graph.Node {
	scale, bias := learned(s, logitScale, math.Log(m.params.Scale)), learned(s, "logit_bias", m.params.Bias)
	return framework.MeanOver(pairs, func(i int, pair framework.Pair) *graph.Node {
		return loss.SigLIP(pair.Anchor, pair.Positive, negatives.Similarities(i, pair.Anchor), scale, bias, s.SameImage())
	})
}

func (m *sigLIP) Update(*framework.Step, []framework.Pair) {}

// LossAtChance implements [framework.ChanceLosser]: where all pairs look
// alike, the bias can only learn that one in K+1 matches, which leaves K+1
// times the entropy of that.
func (m *sigLIP) LossAtChance(negatives int) float64 {
	k := float64(negatives)
	return math.Log(k+1) + k*math.Log((k+1)/k)
}

package ijepa

import (
	"errors"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/framework/nn"
)

// predictor is a narrow transformer without a class token. Its blocks start smaller with their depth.
func (m *method) predictor(out int) framework.PatchDecoder {
	small := nn.TruncatedNormal(0.02)
	return framework.PatchDecoder{
		Width: m.PredictorWidth, Layers: m.PredictorLayers, Heads: m.PredictorHeads, Out: out,
		Linear: nn.LinearConfig{Weight: small, Bias: nn.Zeros}, Token: small,
		Blocks: func(layer int) nn.BlockInit {
			return nn.BlockInit{QKV: small, Proj: small, FC1: small, FC2: small, Bias: nn.Zeros}.ByDepth(layer)
		},
	}
}

// blocks are the patches that the encoder sees and those of each target.
func (m *method) blocks(s *framework.Step) (framework.Patches, []framework.Patches) {
	if m.fixed != nil {
		return m.fixed(s)
	}
	return s.MultiBlock(s.Views[0], framework.MultiBlock{
		Targets: m.Targets, TargetMin: m.TargetMin, TargetMax: m.TargetMax, AspectMin: m.AspectMin, AspectMax: m.AspectMax,
		ContextMin: m.ContextMin, ContextMax: m.ContextMax, Least: m.LeastContext,
	})
}

// Watched implements [framework.CollapseWatcher]: the features of the contexts.
// There is no other view to compare them with.
func (m *method) Watched(s *framework.Step, _ []framework.Pair) framework.Pair {
	features := nn.L2Normalize(s.Kept(embedded)[0])
	return framework.Pair{Anchor: features, Positive: features}
}

// Validate checks what ranges can't.
func (p Params) Validate() error {
	var faults []error
	for _, pair := range []struct {
		low, high   string
		least, most float64
	}{
		{"target_min", "target_max", p.TargetMin, p.TargetMax}, {"aspect_min", "aspect_max", p.AspectMin, p.AspectMax},
		{"context_min", "context_max", p.ContextMin, p.ContextMax},
	} {
		if pair.least > pair.most {
			faults = append(faults, config.Faultf(pair.low, "%v is more than %s, which is %v", pair.least, pair.high, pair.most))
		}
	}
	if p.PredictorWidth%4 != 0 || p.PredictorWidth%p.PredictorHeads != 0 {
		faults = append(faults, config.Faultf("predictor_width",
			"%d can't be divided by 4, for the positions, and by %d heads",
			p.PredictorWidth, p.PredictorHeads))
	}
	return errors.Join(faults...)
}

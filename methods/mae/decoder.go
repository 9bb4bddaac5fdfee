package mae

import (
	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/nn"
)

// decoder predicts that many pixels of a patch.
func (m *method) decoder(pixels int) framework.PatchDecoder {
	uniform := nn.XavierUniform(1)
	start := nn.BlockInit{QKV: uniform, Proj: uniform, FC1: uniform, FC2: uniform, Bias: nn.Zeros}
	return framework.PatchDecoder{
		Width: m.DecoderWidth, Layers: m.DecoderLayers, Heads: m.DecoderHeads, Out: pixels,
		Linear: nn.LinearConfig{Weight: uniform, Bias: nn.Zeros}, Token: nn.Normal(0.02),
		Blocks: func(int) nn.BlockInit { return start },
	}
}

package mae

import (
	"testing"

	"github.com/kontrast-ml/kontrast/methodtest"
)

func TestConformance(t *testing.T) {
	methodtest.Run(t, Factory, methodtest.Options{
		Params: &Params{Masked: 0.5, NormPixels: true, DecoderWidth: 8, DecoderLayers: 1, DecoderHeads: 2},
	})
}

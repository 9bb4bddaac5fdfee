package mochi

import (
	"testing"

	"github.com/kontrast-ml/kontrast/methodtest"
)

func TestConformance(t *testing.T) {
	methodtest.Run(t, Factory, methodtest.Options{
		Params: &Params{
			Temperature: 0.2, EncoderMomentum: 0.9, Queue: 32, Hardest: 8, Mixed: 8, MixedWithQuery: 4, OutputDim: 8,
			BatchNormSplits: 2,
		},
		Changes: []string{"/momentum/", "/state/queue/"},
		Epochs:  16,
	})
}

package simclr

import (
	"testing"

	"github.com/kontrast-ml/kontrast/methodtest"
)

func TestConformance(t *testing.T) {
	methodtest.Run(t, Factory, methodtest.Options{
		Params: &Params{Temperature: 0.5, OutputDim: 8, HeadLayers: 2, BatchNorm: "joint"},
	})
}

func TestV2Conformance(t *testing.T) {
	methodtest.Run(t, V2, methodtest.Options{
		Params: &ParamsV2{
			Params: Params{Temperature: 0.5, OutputDim: 8, HeadLayers: 3, BatchNorm: "joint"}, Memory: 32, EncoderMomentum: 0.9,
		},
		Changes: []string{"/momentum/", "/state/memory/"},
	})
}

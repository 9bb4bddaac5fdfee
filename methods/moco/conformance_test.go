package moco

import (
	"testing"

	"github.com/kontrast-ml/kontrast/methodtest"
)

func TestV1Conformance(t *testing.T) {
	methodtest.Run(t, V1, methodtest.Options{
		Epochs: 16, Rate: 0.001,
		Params:  &Params{Temperature: 0.07, EncoderMomentum: 0.9, Queue: 32, OutputDim: 8, BatchNormSplits: 2},
		Changes: []string{"/momentum/", "/state/queue/"},
	})
}

func TestV2Conformance(t *testing.T) {
	methodtest.Run(t, V2, methodtest.Options{
		Epochs: 16, Rate: 0.001, Warmup: 2,
		Params:  &Params{Temperature: 0.2, EncoderMomentum: 0.9, Queue: 32, OutputDim: 8, BatchNormSplits: 2},
		Changes: []string{"/momentum/", "/state/queue/"},
	})
}

func TestV3Conformance(t *testing.T) {
	methodtest.Run(t, V3, methodtest.Options{
		Params:  &ParamsV3{Temperature: 0.2, EncoderMomentum: 0.9, HiddenDim: 32, OutputDim: 8, ProjectorLayers: 2},
		Changes: []string{"/momentum/"},
	})
}

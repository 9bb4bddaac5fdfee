package ibot

import (
	"testing"

	"github.com/kontrast-ml/kontrast/methodtest"
)

func TestConformance(t *testing.T) {
	methodtest.Run(t, Factory, methodtest.Options{
		Params: &Params{
			StudentTemperature: 0.1, TeacherTemperature: 0.07, PatchTemperature: 0.07, WarmupTemperature: 0.07,
			TeacherMomentum: 0.999,
			CenterMomentum:  0.9, PatchWeight: 1, MaskedImages: 0.5, MaskedMin: 0.2, MaskedMax: 0.5,
			HeadLayers: 2, HiddenDim: 32, BottleneckDim: 8, OutputDim: 32,
		},
		Changes: []string{"/momentum/", "/state/center/", "/state/patch_center/"},
		Epochs:  24, // after the 3rd the loss rises while the centers settle, and falls below from the 10th on
		Warmup:  3,
	})
}

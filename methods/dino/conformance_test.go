package dino

import (
	"testing"

	"github.com/kontrast-ml/kontrast/methodtest"
)

func TestConformance(t *testing.T) {
	methodtest.Run(t, Factory, methodtest.Options{
		Params: &Params{
			StudentTemperature: 0.1, TeacherTemperature: 0.04, WarmupTemperature: 0.04, TeacherMomentum: 0.9,
			CenterMomentum: 0.9,
			HeadLayers:     2, HiddenDim: 32, BottleneckDim: 8, OutputDim: 32, BatchNorm: true, FreezeEpochs: 1,
		},
		Changes: []string{"/momentum/", "/state/center/"},
	})
}

package dinov2

import (
	"testing"

	"github.com/kontrast-ml/kontrast/methodtest"
)

func TestConformance(t *testing.T) {
	methodtest.Run(t, Factory, methodtest.Options{
		Params: &Params{
			StudentTemperature: 0.1, TeacherTemperature: 0.05, WarmupTemperature: 0.05, Iterations: 3, TeacherMomentum: 0.9,
			PatchWeight: 1, KoLeoWeight: 0.1, MaskedImages: 0.5, MaskedMin: 0.2, MaskedMax: 0.5, SeparateHeads: true,
			HeadLayers: 2, HiddenDim: 32, BottleneckDim: 8, OutputDim: 32,
		},
		Changes: []string{"/momentum/"},
	})
}

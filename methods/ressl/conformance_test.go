package ressl

import (
	"testing"

	"github.com/kontrast-ml/kontrast/methodtest"
)

func TestConformance(t *testing.T) {
	methodtest.Run(t, Factory, methodtest.Options{
		Params: &Params{
			StudentTemperature: 0.1, TeacherTemperature: 0.02, EncoderMomentum: 0.9,
			Queue: 48, HiddenDim: 32, OutputDim: 8, BatchNormSplits: 2,
		},
		Epochs: 16, Warmup: 3, Rate: 0.001,
		Changes: []string{"/momentum/", "/state/queue/"},
	})
}

package msn

import (
	"testing"

	"github.com/kontrast-ml/kontrast/methodtest"
)

func TestConformance(t *testing.T) {
	methodtest.Run(t, Factory, methodtest.Options{
		Params: &Params{
			Temperature: 0.1, Sharpening: 0.25, Iterations: 3, EntropyWeight: 1, Drop: 0.25, Prototypes: 12,
			TargetMomentum: 0.9, HiddenDim: 32, OutputDim: 8,
		},
		Changes: []string{"/momentum/"},
	})
}

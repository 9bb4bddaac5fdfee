package lejepa

import (
	"testing"

	"github.com/kontrast-ml/kontrast/methodtest"
)

func TestConformance(t *testing.T) {
	methodtest.Run(t, Factory, methodtest.Options{
		Params: &Params{Lambda: 0.05, Directions: 64, Knots: 17, End: 3, HeadLayers: 2, HiddenDim: 32, OutputDim: 8},
	})
}

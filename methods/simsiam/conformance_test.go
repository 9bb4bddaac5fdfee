package simsiam

import (
	"testing"

	"github.com/kontrast-ml/kontrast/methodtest"
)

func TestConformance(t *testing.T) {
	methodtest.Run(t, Factory, methodtest.Options{
		Params: &Params{ProjectorLayers: 2, HiddenDim: 32, OutputDim: 32, BottleneckDim: 8, FixPredictorLR: true},
	})
}

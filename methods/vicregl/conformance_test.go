package vicregl

import (
	"testing"

	"github.com/kontrast-ml/kontrast/methodtest"
)

func TestConformance(t *testing.T) {
	methodtest.Run(t, Factory, methodtest.Options{
		Params: &Params{
			Alpha: 0.75, Invariance: 25, Variance: 25, Covariance: 1, FirstMatches: 5, SecondMatches: 2,
			HeadLayers: 3, HiddenDim: 32, OutputDim: 8, LocalDim: 8,
		},
	})
}

package vicreg

import (
	"testing"

	"github.com/kontrast-ml/kontrast/methodtest"
)

func TestConformance(t *testing.T) {
	methodtest.Run(t, Factory, methodtest.Options{
		Params: &Params{
			Invariance: 25, Variance: 25, Covariance: 1, Variances: "mean", HeadLayers: 3, HiddenDim: 32, OutputDim: 8,
		},
	})
}

package dcl

import (
	"testing"

	"github.com/kontrast-ml/kontrast/methodtest"
)

func TestConformance(t *testing.T) {
	methodtest.Run(t, Factory, methodtest.Options{
		Params: &Params{Temperature: 0.1, Sigma: 0.5, OutputDim: 8},
	})
}

func TestWConformance(t *testing.T) {
	methodtest.Run(t, Factory, methodtest.Options{
		Params: &Params{Temperature: 0.1, Weighted: true, Sigma: 0.5, OutputDim: 8},
	})
}

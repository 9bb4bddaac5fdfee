package nnbyol

import (
	"testing"

	"github.com/kontrast-ml/kontrast/methodtest"
)

func TestConformance(t *testing.T) {
	methodtest.Run(t, Factory, methodtest.Options{
		Params:  &Params{TargetMomentum: 0.9, Queue: 32, HiddenDim: 32, PredictorDim: 32, OutputDim: 8},
		Changes: []string{"/momentum/", "/state/support/"},
	})
}

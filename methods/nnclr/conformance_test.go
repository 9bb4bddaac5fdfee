package nnclr

import (
	"testing"

	"github.com/kontrast-ml/kontrast/methodtest"
)

func TestConformance(t *testing.T) {
	methodtest.Run(t, Factory, methodtest.Options{
		Params:  &Params{Temperature: 0.2, Queue: 32, ProjectorLayers: 2, HiddenDim: 32, PredictorDim: 32, OutputDim: 8},
		Changes: []string{"/state/support/"},
	})
}

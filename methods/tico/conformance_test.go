package tico

import (
	"testing"

	"github.com/kontrast-ml/kontrast/methodtest"
)

func TestConformance(t *testing.T) {
	methodtest.Run(t, Factory, methodtest.Options{
		Epochs: 24, Warmup: 10, // the covariance is empty at first
		Params:  &Params{Beta: 0.9, Rho: 4, EncoderMomentum: 0.9, HiddenDim: 32, OutputDim: 8},
		Changes: []string{"/momentum/", "/state/covariance"},
	})
}

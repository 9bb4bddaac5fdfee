package barlowtwins

import (
	"testing"

	"github.com/kontrast-ml/kontrast/methodtest"
)

func TestConformance(t *testing.T) {
	methodtest.Run(t, Factory, methodtest.Options{
		Params: &Params{Lambda: 0.005, Scale: 1, HeadLayers: 2, HiddenDim: 32, OutputDim: 8, BiasLRScale: 1},
	})
}

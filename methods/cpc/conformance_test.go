package cpc

import (
	"testing"

	"github.com/kontrast-ml/kontrast/methodtest"
)

func TestConformance(t *testing.T) {
	methodtest.Run(t, Factory, methodtest.Options{
		Params:  &Params{Patch: 8, Stride: 4, Ahead: 2, Directions: 4, Scale: 0.1, Blocks: 1, HiddenDim: 16, OutputDim: 8},
		Without: []string{"clip-resnet"}, // takes no images of other sizes
	})
}

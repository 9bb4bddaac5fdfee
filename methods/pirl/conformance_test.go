package pirl

import (
	"testing"

	"github.com/kontrast-ml/kontrast/methodtest"
)

func TestConformance(t *testing.T) {
	methodtest.Run(t, Factory, methodtest.Options{
		Params:  &Params{Temperature: 0.2, Negatives: 16, BankMomentum: 0.5, Jigsaw: 0.5, OutputDim: 8},
		Changes: []string{"/state/bank/"},
		Without: []string{"clip-resnet"}, // takes no images of other sizes
	})
}

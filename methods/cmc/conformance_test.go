package cmc

import (
	"testing"

	"github.com/kontrast-ml/kontrast/methodtest"
)

func TestConformance(t *testing.T) {
	methodtest.Run(t, Factory, methodtest.Options{
		Params:  &Params{Temperature: 0.2, Negatives: 16, BankMomentum: 0.5, Softmax: true, OutputDim: 16},
		Changes: []string{"/state/l_bank/", "/state/ab_bank/"},
	})
}

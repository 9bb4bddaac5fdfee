package instdisc

import (
	"testing"

	"github.com/kontrast-ml/kontrast/methodtest"
)

func TestConformance(t *testing.T) {
	methodtest.Run(t, Factory, methodtest.Options{
		Params:  &Params{Temperature: 0.1, BankMomentum: 0.5, Proximal: 0.1, OutputDim: 8},
		Changes: []string{"/state/bank/"},
	})
}

func TestNCEConformance(t *testing.T) {
	methodtest.Run(t, Factory, methodtest.Options{
		Params:  &Params{Temperature: 0.1, Negatives: 16, BankMomentum: 0.5, OutputDim: 8},
		Changes: []string{"/state/bank/"},
	})
}

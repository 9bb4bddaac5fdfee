package wmse

import (
	"testing"

	"github.com/kontrast-ml/kontrast/methodtest"
)

func TestConformance(t *testing.T) {
	methodtest.Run(t, Factory, methodtest.Options{
		Params: &Params{WhiteningSize: 8, HiddenDim: 32, OutputDim: 4},
	})
}

func TestSingularCovariancesAreRefused(t *testing.T) {
	if err := (&Params{WhiteningSize: 8, OutputDim: 8}).Validate(); err == nil {
		t.Error("8 features of 8 samples are accepted, though their covariance is singular")
	}
	if err := (&Params{WhiteningSize: 8, OutputDim: 8, Epsilon: 0.1}).Validate(); err != nil {
		t.Errorf("8 features of 8 samples with an epsilon give %v", err)
	}
	if err := (&Params{WhiteningSize: 8}).CheckBatch(12); err == nil {
		t.Error("a batch of 12 is accepted, though it can't be whitened by eights")
	}
}

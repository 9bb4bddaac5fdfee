package clip

import (
	"testing"

	"github.com/kontrast-ml/kontrast/methodtest"
)

func TestCLIPConformance(t *testing.T) {
	methodtest.Run(
		t, Factory, methodtest.Options{Params: &Params{Temperature: 0.07, MaxScale: 100, Towers: smallTowers()}},
	)
}

func TestSigLIPConformance(t *testing.T) {
	methodtest.Run(t, SigLIP, methodtest.Options{Params: &SigLIPParams{Scale: 10, Bias: -10, Towers: smallTowers()}})
}

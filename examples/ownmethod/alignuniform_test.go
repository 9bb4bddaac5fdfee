package alignuniform

import (
	"math"
	"testing"

	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/methodtest"
)

func TestConformance(t *testing.T) {
	methodtest.Run(t, Factory, methodtest.Options{Params: &Params{Align: 1, Uniform: 1, Scale: 2, OutputDim: 8}})
}

func TestParamsAreChecked(t *testing.T) {
	if err := config.Check(Factory.Defaults()); err != nil {
		t.Error(err)
	}
	p := Params{OutputDim: 8, Scale: 2}
	if err := p.Validate(); err == nil {
		t.Error("a loss of weight 0 passes")
	}
	if got := (&method{Params{Uniform: 0.5, Scale: 2}}).LossAtChance(7); math.Abs(got) > 0 {
		t.Errorf("loss at chance %v, want none", got)
	}
}

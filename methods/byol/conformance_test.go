package byol

import (
	"testing"

	"github.com/kontrast-ml/kontrast/methodtest"
)

func TestConformance(t *testing.T) {
	methodtest.Run(t, Factory, methodtest.Options{
		Params:  &Params{TargetMomentum: 0.9, HiddenDim: 32, OutputDim: 8, TargetMoves: "after", HeadBias: "hidden"},
		Changes: []string{"/momentum/"},
	})
}

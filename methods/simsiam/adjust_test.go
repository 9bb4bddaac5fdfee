package simsiam

import (
	"testing"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/optim"
)

func TestThePredictorsLearningRateIsConstant(t *testing.T) {
	for _, test := range []struct {
		part optim.Part
		fix  bool
		want bool
	}{
		{framework.PredictorPart, true, true},
		{"", true, false},
		{framework.PredictorPart, false, false},
	} {
		made, err := New(Params{ProjectorLayers: 2, OutputDim: 8, BottleneckDim: 4, FixPredictorLR: test.fix})
		if err != nil {
			t.Fatal(err)
		}
		parameter := optim.Param{Part: test.part}
		made.(framework.ParameterAdjuster).Adjust(nil, &parameter)
		if parameter.FixedLR != test.want {
			t.Errorf("part %q with fix_predictor_lr %v: fixed %v, want %v", test.part, test.fix, parameter.FixedLR, test.want)
		}
	}
}

package simsiam

import (
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/optim"
)

func TestThePredictorsLearningRateIsConstant(t *testing.T) {
	for _, test := range []struct {
		path string
		fix  bool
		want bool
	}{
		{"/predictor/linear0/weight", true, true},
		{"/predictor/norm0/bias", true, true},
		{"/online/projector/linear0/weight", true, false},
		{"/online/backbone/conv/weight", true, false},
		{"/predictor/linear0/weight", false, false},
	} {
		store := model.NewStore()
		variable, err := store.CreateVariable(test.path, tensors.FromScalar(float32(0)))
		if err != nil {
			t.Fatal(err)
		}
		made, err := New(Params{ProjectorLayers: 2, OutputDim: 8, BottleneckDim: 4, FixPredictorLR: test.fix})
		if err != nil {
			t.Fatal(err)
		}
		parameter := optim.Param{Var: variable}
		made.(framework.ParameterAdjuster).Adjust(nil, &parameter)
		if parameter.FixedLR != test.want {
			t.Errorf("%s with fix_predictor_lr %v: fixed %v, want %v", test.path, test.fix, parameter.FixedLR, test.want)
		}
		store.Finalize()
	}
}

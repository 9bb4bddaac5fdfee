package cmc

import (
	"testing"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/framework/optim"
	"github.com/kontrast-ml/kontrast/internal/golden"
	"github.com/kontrast-ml/kontrast/internal/methodgolden"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// TestTrainingMatchesTheOfficialCode repeats three steps of HobbitLong/CMC with the
// same negatives; its colors are skimage's.
func TestTrainingMatchesTheOfficialCode(t *testing.T) {
	for name, c := range map[string]struct {
		softmax bool
		rate    float64
	}{"cmc_nce": {false, 0.02}, "cmc_softmax": {true, 0.1}} {
		t.Run(name, func(t *testing.T) {
			made, err := New(Params{Temperature: 0.2, Negatives: 6, BankMomentum: 0.5, Softmax: c.softmax, OutputDim: 5})
			if err != nil {
				t.Fatal(err)
			}
			reference := golden.Load(t, "method_cmc").Case(t, name)
			method := made.(*method)
			method.fixed = methodgolden.StepInput(t, reference, "negatives")
			half := data.Normalization{Mean: [3]float64{0.5, 0.5, 0.5}, Std: [3]float64{0.5, 0.5, 0.5}}
			result := methodgolden.Training{
				Family: "method_cmc", Case: name, Method: made, Views: []int{0},
				Backbone: method.AdaptBackbone(methodgolden.Encoder{}, half),
				Rename: map[string]string{
					"encoder.module.l_to_ab.": "online/backbone/l/", "encoder.module.ab_to_l.": "online/backbone/ab/",
					"fc_l.": "online/l_projector/linear0/", "fc_ab.": "online/ab_projector/linear0/",
				},
				Start: map[string]golden.Tensor{
					"/state/l_bank/entries":  reference.Input(t, "l_bank_initial"),
					"/state/ab_bank/entries": reference.Input(t, "ab_bank_initial"),
				},
				Samples:   20,
				Indices:   func(step int) []int32 { return []int32{0, 1, 2, 3, 4, 5, 6, int32(7 + step)} },
				Optimizer: optim.SGD{},
				Group:     func(*model.Variable) optim.Group { return optim.Group{} },
				Schedules: map[string]optim.Schedule{
					train.LearningRate: optim.Constant(c.rate), train.BaseLearningRate: optim.Constant(c.rate),
					train.Momentum: optim.Constant(0.9), train.WeightDecay: optim.Constant(1e-4),
					"step": methodgolden.Steps{0, 1, 2},
				},
			}.Run(t)
			golden.Near(t, "L's bank", result.Values(t, "/state/l_bank/entries"), reference.Output(t, "l_bank_final"), 1e-4)
			golden.Near(t, "ab's bank", result.Values(t, "/state/ab_bank/entries"), reference.Output(t, "ab_bank_final"), 1e-4)
		})
	}
}

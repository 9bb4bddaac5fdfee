package byol

import (
	"testing"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/internal/train"
	"github.com/kontrast-ml/kontrast/methodtest"
)

func TestWithoutPredictorBYOLCollapses(t *testing.T) {
	params := Params{TargetMomentum: 0.9, HiddenDim: 32, OutputDim: 16, HeadBias: "hidden"}
	for _, test := range []struct {
		name      string
		method    framework.Method
		collapses bool
	}{{"whole", &method{Params: params}, false}, {"without predictor", &method{Params: params, noPredictor: true}, true}} {
		t.Run(test.name, func(t *testing.T) {
			result := methodtest.Training{
				Method: test.method, Backbone: methodtest.ResNet(t), Recipe: "mocov2-cifar",
				Samples: 256, Batch: 32, Epochs: 8, Rate: 0.1, Decay: 5e-4,
			}.Run(t)
			if got := result.Raised(train.Collapse); got != test.collapses {
				t.Errorf("the collapse alarm is %v, want %v; alarms %v", got, test.collapses, result.Alarms)
			}
		})
	}
}

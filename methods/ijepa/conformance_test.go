package ijepa

import (
	"testing"

	"github.com/kontrast-ml/kontrast/methodtest"
)

func TestConformance(t *testing.T) {
	methodtest.Run(t, Factory, methodtest.Options{
		Params: &Params{
			Targets: 2, TargetMin: 0.15, TargetMax: 0.2, AspectMin: 0.75, AspectMax: 1.5, ContextMin: 0.85, ContextMax: 1,
			LeastContext: 2, Momentum: 0.99, PredictorWidth: 16, PredictorLayers: 1, PredictorHeads: 2,
		},
		Changes: []string{"/momentum/"},
	})
}

package all4one

import (
	"testing"

	"github.com/kontrast-ml/kontrast/methodtest"
)

func TestConformance(t *testing.T) {
	methodtest.Run(t, Factory, methodtest.Options{
		Params: &Params{
			Temperature: 0.2, CentroidTemperature: 0.1, Neighbors: 5, NeighborWeight: 0.5, CentroidWeight: 0.5, FeatureWeight: 5,
			Momentum: 0.9, Queue: 32, MixerLayers: 1, MixerHeads: 2, HiddenDim: 32, PredictorDim: 32, OutputDim: 8,
		},
		Changes: []string{"/momentum/", "/state/queue/"},
	})
}

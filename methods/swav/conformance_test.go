package swav

import (
	"testing"

	"github.com/kontrast-ml/kontrast/methodtest"
)

func TestConformance(t *testing.T) {
	methodtest.Run(t, Factory, methodtest.Options{
		Params: &Params{
			Temperature: 0.1, Epsilon: 0.05, Iterations: 3, Prototypes: 12, FreezeEpochs: 1, Queue: 32,
			HiddenDim: 32, OutputDim: 8,
		},
		Changes: []string{"/state/queue0/", "/state/queue1/"},
	})
}

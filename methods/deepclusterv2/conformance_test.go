package deepclusterv2

import (
	"testing"

	"github.com/kontrast-ml/kontrast/methodtest"
)

func TestConformance(t *testing.T) {
	methodtest.Run(t, Factory, methodtest.Options{
		Params:  &Params{Temperature: 0.2, Clusters: 8, Clusterings: 3, Iterations: 5, HiddenDim: 32, OutputDim: 8},
		Changes: []string{"/state/bank0/", "/state/bank1/"},
		Epochs:  10,
		Warmup:  2, // one until the first clusters, and one of them
	})
}

package supcon

import (
	"testing"

	"github.com/kontrast-ml/kontrast/methodtest"
)

func TestConformance(t *testing.T) {
	methodtest.Run(t, Factory, methodtest.Options{
		Params: &Params{Temperature: 0.1, BaseTemperature: 0.07, Average: "outside", OutputDim: 8},
	})
}

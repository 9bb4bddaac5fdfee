package invaspread

import (
	"testing"

	"github.com/kontrast-ml/kontrast/methodtest"
)

func TestConformance(t *testing.T) {
	methodtest.Run(t, Factory, methodtest.Options{Params: &Params{Temperature: 0.5, NegativeWeight: 1, OutputDim: 8}})
}

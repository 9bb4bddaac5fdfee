package gratings

import (
	"testing"

	"github.com/kontrast-ml/kontrast/methodtest"
)

func TestConformance(t *testing.T) {
	methodtest.RunDataset(t, Factory, &Params{Size: 16, Train: 40, Test: 20, Orientations: 4})
}

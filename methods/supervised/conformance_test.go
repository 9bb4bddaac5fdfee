package supervised

import (
	"testing"

	"github.com/kontrast-ml/kontrast/methodtest"
)

func TestConformance(t *testing.T) { methodtest.Run(t, Factory, methodtest.Options{}) }

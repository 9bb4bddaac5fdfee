package conv4

import (
	"strings"
	"testing"

	"github.com/kontrast-ml/kontrast/methodtest"
)

func TestConformance(t *testing.T) {
	methodtest.RunBackbone(t, Factory, methodtest.BackboneOptions{Params: &Params{Width: 8, Blocks: 3}, Size: 16})
}

func TestImagesThatAreTooSmallAreAnError(t *testing.T) {
	if _, err := Factory.New(Factory.Defaults(), 8, 3); err == nil || !strings.Contains(err.Error(), "to nothing") {
		t.Errorf("error %v", err)
	}
}

package moco

import (
	"testing"

	"github.com/kontrast-ml/kontrast/internal/golden"
)

func TestMain(m *testing.M) {
	golden.Main(m,
		"method_moco", "lockstep_lightly/mocov2",
		"method_mocov3",
	)
}

package byol

import (
	"testing"

	"github.com/kontrast-ml/kontrast/internal/golden"
)

func TestMain(m *testing.M) {
	golden.Main(m,
		"method_byol", "lockstep_lightly/byol",
		// Of before the first move of the target, which comes at the end of the step here.
		"!method_byol/byol/ema_after_step1",
	)
}

package optim

import (
	"testing"

	"github.com/kontrast-ml/kontrast/internal/golden"
)

func TestMain(m *testing.M) {
	golden.Main(m,
		"ema_update",
		"optim_steps",
		"schedules",
		"loss_dino/*/teacher_temp_schedule",
	)
}

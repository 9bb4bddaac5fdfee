package augment

import (
	"testing"

	"github.com/kontrast-ml/kontrast/internal/golden"
)

func TestMain(m *testing.M) {
	golden.Main(m,
		"aug_ops",
		// There is no 8-bit arithmetic here but Pillow's.
		"!aug_ops/*/tensor_u8",
		"aug_random_resized_crop_stats",
	)
}

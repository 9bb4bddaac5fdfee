package nn

import (
	"testing"

	"github.com/kontrast-ml/kontrast/internal/golden"
)

func TestMain(m *testing.M) {
	golden.Main(m,
		"heads",
		"layers",
		// Package loss has what losses are made of.
		"!layers/softmax",
		"!layers/log_softmax",
		"!layers/logsumexp",
		"!layers/std_sqrt_var_eps1e-4",
		"!layers/cross_entropy_mean",
		"!layers/cross_entropy_mean_large_logits",
	)
}

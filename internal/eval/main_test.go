package eval

import (
	"testing"

	"github.com/kontrast-ml/kontrast/internal/golden"
)

func TestMain(m *testing.M) {
	golden.Main(m,
		"eval_clip_retrieval",
		"eval_clip_zeroshot",
		"eval_knn",
		"eval_label_free",
		"eval_logistic_regression",
		"eval_ridge",
		"eval_topk_accuracy",
	)
}

package framework

import (
	"testing"

	"github.com/kontrast-ml/kontrast/internal/golden"
)

func TestMain(m *testing.M) {
	golden.Main(m, "loss_ntxent", "patch_masks", "kmeans_spherical")
}

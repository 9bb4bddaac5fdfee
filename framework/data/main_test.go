package data

import (
	"testing"

	"github.com/kontrast-ml/kontrast/internal/golden"
)

func TestMain(m *testing.M) { golden.Main(m, "image_decode", "jpeg_decode", "jpeg_draft") }

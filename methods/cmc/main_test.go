package cmc

import (
	"testing"

	"github.com/kontrast-ml/kontrast/internal/golden"
)

func TestMain(m *testing.M) { golden.Main(m, "method_cmc") }

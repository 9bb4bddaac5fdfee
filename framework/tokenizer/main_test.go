package tokenizer

import (
	"os"
	"testing"

	"github.com/kontrast-ml/kontrast/internal/golden"
)

func TestMain(m *testing.M) {
	claims := []string{"tokenizer_small", "tokenizer_clip"}
	if os.Getenv(mergesEnv) == "" { // then only the cleaning of those texts is tested
		claims = append(claims, "!tokenizer_clip/*/*")
	}
	golden.Main(m, claims...)
}

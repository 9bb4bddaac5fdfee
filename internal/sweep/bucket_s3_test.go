//go:build s3

package sweep

import (
	"testing"

	"github.com/kontrast-ml/kontrast/internal/s3test"
)

func init() { servers["s3"] = func(t *testing.T) string { return s3test.Start(t) } }

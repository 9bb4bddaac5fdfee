//go:build s3

package stress

import (
	"path/filepath"
	"testing"

	"github.com/kontrast-ml/kontrast/internal/s3test"
)

// TestASweepByWorkersThatDieOnS3 has the checkpoints in an S3 server, from which
// one worker goes on with what another left.
func TestASweepByWorkersThatDieOnS3(t *testing.T) {
	newSweptStudy(t).sweep(t, filepath.Join(t.TempDir(), "queue.db"), s3test.Start(t), nil)
}

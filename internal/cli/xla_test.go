//go:build xla

package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kontrast-ml/kontrast/internal/backend/plugins"
	"github.com/kontrast-ml/kontrast/internal/testbackend"
)

// TestRunsOnXLA trains on XLA, at once and in two parts, with the same numbers.
func TestRunsOnXLA(t *testing.T) {
	cache, _ := os.UserCacheDir()
	cache = filepath.Join(cache, "kontrast")
	if _, err := plugins.Find("cpu", cache); err != nil {
		if os.Getenv(testbackend.NeedEnv) != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	folder := t.TempDir()
	t.Chdir(folder)
	settings := `backend: xla
backbone: {name: resnet8, width: 0.25}
dataset: {name: shapes, train: 32, test: 20, size: 16}
train: {epochs: 2, batch_size: 16, learning_rate: {schedule: constant}}
eval: {protocols: [knn], knn: {k: 5}}
`
	if err := os.WriteFile("run.yaml", []byte(settings), 0o644); err != nil {
		t.Fatal(err)
	}
	do := func(args ...string) string {
		t.Helper()
		code, out, errs := say(t, append(args, "--db", "e.db", "--cache", cache, "--quiet")...)
		if code != 0 {
			t.Fatalf("%q: exit code %d\n%s%s", args, code, out, errs)
		}
		return out
	}
	do("run", "run.yaml")
	do("run", "run.yaml", "--epochs", "1")
	do("resume", "simclr-2", "--epochs", "2") // on the backend of the run, without a flag
	rows := strings.Fields(do("sql", "SELECT backend || '|' || (device <> '') || '|' || value AS losses FROM runs "+
		"JOIN metrics ON metrics.run = runs.id AND metrics.name = 'loss' WHERE runs.id <> 2 AND metrics.step = 4 "+
		"ORDER BY runs.id", "--format", "csv"))
	if len(rows) != 3 || !strings.HasPrefix(rows[1], "xla:cpu|1|") || rows[1] != rows[2] {
		t.Errorf("last losses of a run, and of one that was resumed: %q", rows)
	}
	code, out, errs := say(t,
		"resume", "simclr-1", "--epochs", "3", "--backend", "kontrast", "--db", "e.db", "--cache", cache)
	if code == 0 || !strings.Contains(errs, "the run is one of backend xla:cpu") {
		t.Errorf("resuming on another backend: exit code %d\n%s%s", code, out, errs)
	}
}

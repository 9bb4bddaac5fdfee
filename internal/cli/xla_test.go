//go:build xla

package cli

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/kontrast-ml/kontrast/internal/backend/plugins"
	"github.com/kontrast-ml/kontrast/internal/testbackend"
)

// pluginCache is the folder of downloads with the plugin for CPUs.
func pluginCache(t *testing.T) string {
	t.Helper()
	cache, _ := os.UserCacheDir()
	cache = filepath.Join(cache, "kontrast")
	if _, err := plugins.Find("cpu", cache); err != nil {
		if os.Getenv(testbackend.NeedEnv) != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	return cache
}

// tinyOnXLA are the settings of a run on XLA, and do runs a command that must succeed in their folder.
func tinyOnXLA(t *testing.T, cache string) (do func(args ...string) string) {
	t.Helper()
	t.Chdir(t.TempDir())
	settings := `backend: xla
backbone: {name: resnet8, width: 0.25}
dataset: {name: shapes, train: 32, test: 20, size: 16}
train: {epochs: 2, batch_size: 16, learning_rate: {schedule: constant}}
eval: {protocols: [knn], knn: {k: 5}}
`
	if err := os.WriteFile("run.yaml", []byte(settings), 0o644); err != nil {
		t.Fatal(err)
	}
	return func(args ...string) string {
		t.Helper()
		code, out, errs := say(t, append(args, "--db", "e.db", "--cache", cache, "--quiet")...)
		if code != 0 {
			t.Fatalf("%q: exit code %d\n%s%s", args, code, out, errs)
		}
		return out
	}
}

// lastLosses are those of the runs of a database, with their backends, in the order of the runs.
func lastLosses(t *testing.T, do func(...string) string) (backends []string, losses []float64) {
	t.Helper()
	rows := strings.Fields(do("sql", "SELECT backend || '|' || value AS losses FROM runs JOIN metrics ON metrics.run = runs.id "+
		"AND metrics.name = 'loss' WHERE metrics.step = 4 ORDER BY runs.id", "--format", "csv"))
	for _, row := range rows[1:] {
		row = strings.Trim(row, `"`)
		at := strings.LastIndex(row, "|")
		loss, err := strconv.ParseFloat(row[at+1:], 64)
		if err != nil {
			t.Fatal(err)
		}
		backends, losses = append(backends, row[:at]), append(losses, loss)
	}
	return backends, losses
}

// TestRunsOnXLA trains on XLA, at once and in two parts, with the same numbers.
func TestRunsOnXLA(t *testing.T) {
	cache := pluginCache(t)
	do := tinyOnXLA(t, cache)
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

// TestPrecisionOnXLA trains with products of bfloat16, which is near float32 and another setting.
func TestPrecisionOnXLA(t *testing.T) {
	do := tinyOnXLA(t, pluginCache(t))
	do("run", "run.yaml")
	do("run", "run.yaml", "--precision", "bf16")
	do("run", "run.yaml", "--backend", "kontrast", "--precision", "bf16")
	backends, losses := lastLosses(t, do)
	if !slices.Equal(backends, []string{"xla:cpu", "xla:cpu,bfloat16", "kontrast:bfloat16"}) {
		t.Fatalf("backends %q", backends)
	}
	for _, other := range []float64{losses[0], losses[2]} {
		if off := math.Abs(losses[1] - other); off == 0 || off > 0.02*other {
			t.Errorf("losses %v: in bfloat16 by XLA %g from another, want less than 2 %% and not 0", losses, off)
		}
	}
}

// TestDevicesOnXLA divides the batches of a run among two devices, with the numbers of one up to
// rounding: batch normalization, negatives, the queue and the momentum encoder are of the whole batch.
func TestDevicesOnXLA(t *testing.T) {
	cache := pluginCache(t)
	do := tinyOnXLA(t, cache)
	for _, method := range []string{"simclr", "mocov2", "byol"} {
		do("run", "run.yaml", "--method", method)
		do("run", "run.yaml", "--method", method, "--backend", "xla:cpu,devices=2", "--device", "0,1")
	}
	backends, losses := lastLosses(t, do)
	for i := 0; i < len(losses); i += 2 {
		if backends[i] != "xla:cpu" || backends[i+1] != "xla:cpu,devices=2" {
			t.Fatalf("backends %q", backends)
		}
		if off := math.Abs(losses[i] - losses[i+1]); off > 1e-4*math.Abs(losses[i]) {
			t.Errorf("run %d: losses %v on one device and %v on two", i, losses[i], losses[i+1])
		}
	}
	if len(losses) != 6 {
		t.Errorf("%d losses, want 6", len(losses))
	}

	// What is trained on two devices is saved whole: resumed, it goes on as if it had not been cut.
	do("run", "run.yaml", "--epochs", "1", "--backend", "xla:cpu,devices=2")
	do("resume", "simclr-3", "--epochs", "2")
	do("eval", "simclr-3")
	backends, losses = lastLosses(t, do)
	if last := len(losses) - 1; last != 6 || losses[last] != losses[1] || backends[last] != "xla:cpu,devices=2" {
		t.Errorf("losses %v; the last is one that was resumed, and should be the second", losses)
	}
	code, out, errs := say(t, "run", "run.yaml", "--device", "1", "--db", "e.db", "--cache", cache)
	if code != exitUsage || !strings.Contains(errs, "it has no device 1") {
		t.Errorf("a device that is not there: exit code %d\n%s%s", code, out, errs)
	}
}

//go:build xla

package cli

import (
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/kontrast-ml/kontrast/internal/backend/plugins"
	"github.com/kontrast-ml/kontrast/internal/testbackend"
)

// onXLA returns what runs a command that must succeed in a folder of its own, with run.yaml, the
// settings of a tiny run on XLA.
func onXLA(t *testing.T) (do func(args ...string) string, cache string) {
	t.Helper()
	cache, _ = os.UserCacheDir()
	cache = filepath.Join(cache, "kontrast")
	if _, err := plugins.Find("cpu", cache); err != nil {
		if os.Getenv(testbackend.NeedEnv) != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
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
	}, cache
}

// lossesOf are the losses of the runs at a step, in their order, by backend.
func lossesOf(t *testing.T, do func(...string) string, step string) map[string][]float64 {
	t.Helper()
	losses := map[string][]float64{}
	rows := strings.Fields(do("sql", "SELECT backend || '|' || value AS losses FROM runs JOIN metrics ON metrics.run = runs.id "+
		"AND metrics.name = 'loss' WHERE device <> '' AND metrics.step = "+step+" ORDER BY runs.id", "--format", "csv"))
	for _, row := range rows[1:] {
		backend, value, _ := strings.Cut(strings.Trim(row, `"`), "|")
		loss, err := strconv.ParseFloat(value, 64)
		if err != nil {
			t.Fatal(err)
		}
		losses[backend] = append(losses[backend], loss)
	}
	return losses
}

// TestRunsOnXLA trains on XLA, at once and in two parts, on one device and on two, with the same
// numbers, and in bfloat16, with numbers that are near.
func TestRunsOnXLA(t *testing.T) {
	do, cache := onXLA(t)
	const two, half = "xla:cpu,devices=2", "xla:cpu,bfloat16"
	do("run", "run.yaml")
	do("run", "run.yaml", "--epochs", "1")
	do("resume", "simclr-2", "--epochs", "2") // on the backend of the run, without a flag
	do("run", "run.yaml", "--backend", two, "--device", "0,1")
	do("run", "run.yaml", "--backend", two, "--epochs", "1")
	do("resume", "simclr-5", "--epochs", "2") // from the variables of both devices
	do("run", "run.yaml", "--precision", "bf16")
	do("run", "run.yaml", "--precision", "bf16", "--backend", "kontrast")

	losses := lossesOf(t, do, "4")
	for backend, count := range map[string]int{"xla:cpu": 2, two: 2, half: 1, "kontrast:bfloat16": 1} {
		if len(losses[backend]) != count {
			t.Fatalf("losses %v: want %d of %s", losses, count, backend)
		}
		if of := losses[backend]; of[0] != of[count-1] {
			t.Errorf("%s: the last losses of a run, and of one that was resumed: %v", backend, of)
		}
	}
	one := losses["xla:cpu"][0]
	if off := math.Abs(losses[two][0]-one) / one; off > 1e-4 {
		t.Errorf("losses %v: two devices are %.2g from one", losses, off)
	}
	for _, other := range []float64{one, losses["kontrast:bfloat16"][0]} {
		if off := math.Abs(losses[half][0]-other) / other; off == 0 || off > 0.02 {
			t.Errorf("losses %v: bfloat16 is %.2g from another, want less than 2 %% and not 0", losses, off)
		}
	}

	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"resume", "simclr-1", "--epochs", "3", "--backend", "kontrast"}, "the run is one of backend xla:cpu"},
		{[]string{"eval", "simclr-1", "--precision", "bf16"}, "the run is one of backend xla:cpu"},
		{[]string{"run", "run.yaml", "--device", "1"}, "it has no device 1"},
	} {
		code, out, errs := say(t, append(test.args, "--db", "e.db", "--cache", cache)...)
		if code == 0 || !strings.Contains(errs, test.want) {
			t.Errorf("%q: exit code %d, want %q\n%s%s", test.args, code, test.want, out, errs)
		}
	}
}

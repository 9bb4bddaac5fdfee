package stress

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/kontrast-ml/kontrast/internal/pgtest"
	"github.com/kontrast-ml/kontrast/internal/store"
	"github.com/kontrast-ml/kontrast/internal/sweep"
)

// sweepStudy is a study of tiny runs, with a checkpoint after every step.
const sweepStudy = `study: s
backbone: {name: resnet8, width: 0.25}
dataset: {name: shapes, train: 32, test: 20, size: 16}
train: {epochs: 3, batch_size: 16, checkpoint: {every_steps: 1}}
eval: {knn: {k: 5}, linear: {skip: true}}
grid: {method: [simclr, mocov2], seed: [%s]}
`

// TestASweepByWorkersThatDie makes a study by several workers, with host names
// and folders of their own, that are killed and stopped at random and whose
// disks fill up, and compares every number with those of kontrast compare in one process.
func TestASweepByWorkersThatDie(t *testing.T) {
	study := newSweptStudy(t)
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		study.sweep(t, filepath.Join(t.TempDir(), "queue.db"), filepath.Join(t.TempDir(), "shared"), nil)
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		server := pgtest.Start(t)
		bucket := "file://" + filepath.ToSlash(filepath.Join(t.TempDir(), "bucket"))
		study.sweep(t, server.URL(), bucket, server.Restart)
	})
}

var sweepSeeds = flag.Int("seeds", 0, "seeds of a sweep, of three runs each; 0 for the usual number")

// sweptStudy is a study that kontrast compare has made in one process.
type sweptStudy struct {
	runs   int
	file   string
	folder string // with the results
}

func newSweptStudy(t *testing.T) *sweptStudy {
	t.Helper()
	seeds := make([]string, cmp.Or(*sweepSeeds, times(1, 100)))
	for i := range seeds {
		seeds[i] = fmt.Sprint(i + 1)
	}
	s := &sweptStudy{runs: 3 * len(seeds), folder: t.TempDir()}
	s.file = filepath.Join(s.folder, "study.yaml")
	if err := os.WriteFile(s.file, []byte(fmt.Sprintf(sweepStudy, strings.Join(seeds, ", "))), 0o600); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	if code, _, messages := compareAll(t, s.folder); code != 0 {
		t.Fatalf("compare: exit code %d: %s", code, messages)
	}
	t.Logf("compare: %d runs, %v", s.runs, time.Since(begun).Round(time.Second))
	return s
}

// sweep has the study made by workers that suffer.
func (s *sweptStudy) sweep(t *testing.T, queue, shared string, restart func()) {
	folder := t.TempDir()
	if err := os.Link(s.file, filepath.Join(folder, "study.yaml")); err != nil {
		t.Fatal(err)
	}
	succeed(t, folder, "sweep", "start", "study.yaml", "--queue", queue)
	crowd := newCrowd(t, folder, queue, shared, times(2, 4))
	crowd.suffer(s.runs, restart)
	crowd.end()
	sharedIsEmpty(t, shared)
	collectTwice(t, folder, queue)
	for _, statement := range bySeed {
		want, got := rowsOf(t, s.folder, statement), rowsOf(t, folder, statement)
		if len(want) == 0 {
			t.Errorf("%s: nothing to compare", statement)
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("%s: (-compare +sweep)\n%.3000s", statement, diff)
		}
	}
	t.Logf("%d runs, %d kills, %d stops, %d full disks, %d restarts of the database, %v",
		s.runs, crowd.kills, crowd.stops, crowd.full, crowd.restarts, time.Since(crowd.begun).Round(time.Second))
}

// sharedIsEmpty checks that no checkpoint is left in the place that the workers shared.
func sharedIsEmpty(t *testing.T, shared string) {
	t.Helper()
	left, _ := filepath.Glob(filepath.Join(shared, "*"))
	if sweep.IsBucket(shared) {
		bucket, err := sweep.OpenBucket(t.Context(), shared)
		if err != nil {
			t.Fatal(err)
		}
		defer bucket.Close()
		for list := bucket.List(nil); ; {
			object, err := list.Next(t.Context())
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			left = append(left, object.Key)
		}
	}
	if len(left) > 0 {
		t.Errorf("checkpoints stay behind: %v", left)
	}
}

// bySeed are all numbers of a study, by what the runs are rather than by how they are numbered.
var bySeed = []string{
	"SELECT method, seed, status, step, config_hash, config FROM runs ORDER BY method, seed",
	"SELECT r.method, r.seed, m.name, m.step, m.value FROM metrics m JOIN runs r ON r.id = m.run ORDER BY r.method, " +
		"r.seed, m.name, m.step",
	"SELECT method, seed, protocol, metric, step, value FROM run_scores ORDER BY method, seed, protocol, metric",
}

func rowsOf(t *testing.T, folder, statement string) [][]any {
	t.Helper()
	rows, err := store.Query(
		t.Context(), filepath.Join(folder, "experiments.db"), statement, store.Limits{Rows: 1_000_000, Bytes: 1 << 30},
	)
	if err != nil {
		t.Fatal(err)
	}
	return rows.Values
}

func succeed(t *testing.T, folder string, args ...string) string {
	t.Helper()
	code, output, messages := program(t, folder, args...)
	if code != 0 {
		t.Fatalf("%q: exit code %d: %s", args, code, messages)
	}
	return output
}

// compareAll is kontrast compare, for which the other tests' patience is too short.
func compareAll(t *testing.T, folder string) (code int, output, messages string) {
	t.Helper()
	command := self(t, folder, "compare", "study.yaml", "--quiet")
	all, _ := command.CombinedOutput()
	return command.ProcessState.ExitCode(), "", string(all)
}

// collectTwice collects by two processes at once, and once more.
func collectTwice(t *testing.T, folder, queue string) {
	t.Helper()
	args := []string{"sweep", "collect", "s", "--queue", queue}
	other := self(t, folder, args...)
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	if output, err := self(t, folder, args...).CombinedOutput(); err != nil { // which may take longer than others
		t.Errorf("the first collector: %v: %s", err, output)
	}
	if err := other.Wait(); err != nil {
		t.Errorf("the second collector: %v", err)
	}
	if output := succeed(t, folder, args...); !strings.Contains(output, "s: 0 runs collected") {
		t.Errorf("collecting again: %s", output)
	}
}

func self(t *testing.T, folder string, args ...string) *exec.Cmd {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(path, args...)
	command.Dir, command.Env = folder, append(os.Environ(), asProgram+"=1")
	return command
}

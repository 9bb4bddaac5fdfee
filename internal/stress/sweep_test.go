package stress

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kontrast-ml/kontrast/internal/pgtest"
	"github.com/kontrast-ml/kontrast/internal/store"
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
// and folders of their own, that are killed and stopped at random, and compares
// every number with those of kontrast compare in one process.
func TestASweepByWorkersThatDie(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) {
		sweepAndCompare(t, filepath.Join(t.TempDir(), "queue.db"), nil)
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		server := pgtest.Start(t)
		sweepAndCompare(t, server.URL(), server.Restart)
	})
}

func sweepAndCompare(t *testing.T, queue string, restart func()) {
	folder := t.TempDir()
	seeds := make([]string, times(1, 100))
	for i := range seeds {
		seeds[i] = fmt.Sprint(i + 1)
	}
	runs := 3 * len(seeds)
	study := filepath.Join(folder, "study.yaml")
	if err := os.WriteFile(study, []byte(fmt.Sprintf(sweepStudy, strings.Join(seeds, ", "))), 0o600); err != nil {
		t.Fatal(err)
	}
	succeed(t, folder, "sweep", "start", "study.yaml", "--queue", queue)
	crowd := newCrowd(t, folder, queue, times(2, 4))
	trouble := times(2, 60) // then they may finish
	for round := 0; ; round++ {
		time.Sleep(time.Duration(300+crowd.random.IntN(2000)) * time.Millisecond)
		if round < trouble {
			crowd.hurt(restart)
			continue
		}
		crowd.raise()
		status := succeed(t, folder, "sweep", "status", "s", "--queue", queue)
		if strings.Contains(status, fmt.Sprintf("%d runs, %d done", runs, runs)) {
			break
		}
		if crowd.begun.Add(time.Duration(times(4, 60)) * time.Minute).Before(time.Now()) {
			t.Fatalf("the sweep does not end:\n%s\n%s", status, crowd.logs())
		}
	}
	crowd.end()
	if left, _ := filepath.Glob(filepath.Join(folder, "shared", "*")); len(left) > 0 {
		t.Errorf("checkpoints stay behind: %v", left)
	}
	collectTwice(t, folder, queue)
	direct := t.TempDir()
	if err := os.Link(study, filepath.Join(direct, "study.yaml")); err != nil {
		t.Fatal(err)
	}
	if code, _, messages := compareAll(t, direct); code != 0 {
		t.Fatalf("compare: exit code %d: %s", code, messages)
	}
	for _, statement := range bySeed {
		want, got := rowsOf(t, direct, statement), rowsOf(t, folder, statement)
		if len(want) == 0 {
			t.Errorf("%s: nothing to compare", statement)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: (-compare +sweep)\n%.3000s", statement, diff)
		}
	}
	t.Logf("%d runs, %d kills, %d stops, %d restarts of the database, %v",
		runs, crowd.kills, crowd.stops, crowd.restarts, time.Since(crowd.begun).Round(time.Second))
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
	succeed(t, folder, args...)
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

// crowd is several workers that are treated badly.
type crowd struct {
	t                      *testing.T
	folder, queue          string
	random                 *rand.Rand
	workers                []*exec.Cmd
	begun                  time.Time
	made                   int
	kills, stops, restarts int
}

func newCrowd(t *testing.T, folder, queue string, workers int) *crowd {
	c := &crowd{t: t, folder: folder, queue: queue, random: rand.New(rand.NewPCG(1, 16)), begun: time.Now()}
	for range workers {
		c.workers = append(c.workers, c.start())
	}
	t.Cleanup(c.end)
	return c
}

// start starts a worker with a name and folders of its own.
func (c *crowd) start() *exec.Cmd {
	c.made++
	own := filepath.Join(c.folder, fmt.Sprintf("host-%d", c.made))
	if err := os.MkdirAll(own, 0o755); err != nil {
		c.t.Fatal(err)
	}
	worker := self(c.t, own, "worker", "--queue", c.queue, "--shared", filepath.Join(c.folder, "shared"), "--local",
		filepath.Join(own, "local"),
		"--name", filepath.Base(own), "--slots", "2")
	log, err := os.Create(filepath.Join(own, "log"))
	if err != nil {
		c.t.Fatal(err)
	}
	defer log.Close()
	worker.Stdout, worker.Stderr = log, log
	if err := worker.Start(); err != nil {
		c.t.Fatal(err)
	}
	return worker
}

// hurt kills a worker, or stops it for longer than its leases last, or restarts the database.
func (c *crowd) hurt(restart func()) {
	at := c.random.IntN(len(c.workers))
	switch which := c.random.IntN(6); {
	case which == 0 && restart != nil:
		c.restarts++
		restart()
	case which <= 2:
		c.stops++
		stopped := c.workers[at].Process
		_ = stopped.Signal(syscall.SIGSTOP)
		time.AfterFunc(time.Duration(1+c.random.IntN(20))*time.Second, func() { _ = stopped.Signal(syscall.SIGCONT) })
	default:
		c.kills++
		_ = c.workers[at].Process.Kill()
		_ = c.workers[at].Wait()
		c.workers[at] = c.start()
	}
}

// raise starts workers again that have ended.
func (c *crowd) raise() {
	for i, worker := range c.workers {
		if worker.Process.Signal(syscall.Signal(0)) != nil {
			c.workers[i] = c.start()
		}
	}
}

// end interrupts the workers and waits for them.
func (c *crowd) end() {
	for _, worker := range c.workers {
		_ = worker.Process.Signal(syscall.SIGCONT)
		_ = worker.Process.Signal(os.Interrupt)
	}
	for _, worker := range c.workers {
		_ = worker.Wait()
	}
	c.workers = nil
}

func (c *crowd) logs() string {
	var all strings.Builder
	paths, _ := filepath.Glob(filepath.Join(c.folder, "host-*", "log"))
	for _, path := range paths {
		text, _ := os.ReadFile(path)
		fmt.Fprintf(&all, "== %s\n%s\n", filepath.Base(filepath.Dir(path)), text)
	}
	return all.String()
}

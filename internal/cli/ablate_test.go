package cli

import (
	"database/sql"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// tinyAblation has eight corners of short runs.
var tinyAblation = []string{
	"ablate", "mocov1", "mocov2", "--study", "cut", "--seeds", "1,2", "--quiet", "--epochs", "1", "--batch-size", "16",
	"--set", "train.learning_rate.base=0.05", "--set", "train.learning_rate.warmup_epochs=0", "--set", "method.queue=32",
	"--set", "method.batch_norm_splits=1", "--set", "backbone.width=0.25",
	"--set", "dataset.train=64", "--set", "dataset.test=40", "--set", "dataset.size=16", "--set", "eval.knn.k=5",
}

// contributions are the shares that a folder's database has.
func contributions(t *testing.T, folder string) (rows []string) {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(folder, "experiments.db")+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	found, err := db.Query("SELECT kind || ' ' || metric || ' ' || factor || ' ' || printf('%!.17g', value) || ' ' || n " +
		"FROM contributions ORDER BY 1")
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	for found.Next() {
		var row string
		if err := found.Scan(&row); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	return rows
}

// finishedRuns counts those of a database that another process writes; 0 if there is none yet.
func finishedRuns(folder string) (n int) {
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(folder, "experiments.db")+"?mode=ro&_busy_timeout=1000")
	if err != nil {
		return 0
	}
	defer db.Close()
	if db.QueryRow("SELECT count(*) FROM runs WHERE status = 'finished'").Scan(&n) != nil {
		return 0
	}
	return n
}

// TestACutAblationResumes ends one by a signal after some runs: asked for again,
// it makes the others and comes to what one in a piece comes to, bit for bit.
func TestACutAblationResumes(t *testing.T) {
	if testing.Short() {
		t.Skip("makes 36 runs")
	}
	whole, cut := t.TempDir(), t.TempDir()
	execute(t, whole, 0, tinyAblation...)

	command, messages := start(t, cut, nil, tinyAblation...)
	for deadline := time.Now().Add(2 * time.Minute); finishedRuns(cut) < 5; time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("no five runs within two minutes")
		}
	}
	if err := command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := exitCode(t, command); code != exitInterrupted {
		t.Fatalf("exit code %d, want %d: %s", code, exitInterrupted, messages)
	}
	if want := "hint: to resume, repeat the command with --study cut"; !strings.Contains(messages.String(), want) {
		t.Errorf("the messages are %q, want %q", messages, want)
	}
	if n := finishedRuns(cut); n >= 18 {
		t.Fatalf("%d runs had finished: nothing was cut", n)
	}
	execute(t, cut, 0, tinyAblation...)
	if n := finishedRuns(cut); n != 18 {
		t.Errorf("%d finished runs, want 18", n)
	}
	want := contributions(t, whole)
	if len(want) < 8 {
		t.Fatalf("only %d rows", len(want))
	}
	if diff := cmp.Diff(want, contributions(t, cut)); diff != "" {
		t.Errorf("contributions (-whole +cut):\n%s", diff)
	}
}

package cli

import (
	"database/sql"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// lock keeps the database of a folder from being written, and with the
// locking mode EXCLUSIVE from being read, until the returned function is called.
func lock(t *testing.T, folder, mode string) (release func()) {
	t.Helper()
	db, err := sql.Open(
		"sqlite3", filepath.Join(folder, "experiments.db")+"?_busy_timeout=20000&_txlock=exclusive&_locking_mode="+mode,
	)
	if err != nil {
		t.Fatal(err)
	}
	transaction, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := transaction.Rollback(); err != nil {
			t.Fatal(err)
		}
		db.Close()
	}
}

// lockedRun makes moco's run in a folder and locks the database as soon as the
// first checkpoint is there.
func lockedRun(t *testing.T, folder string) (messages string, release func()) {
	t.Helper()
	command, stderr := start(t, folder, nil, append(moco, "--lock-timeout", "300ms")...)
	for deadline := time.Now().Add(time.Minute); len(checkpoints(t, folder)) == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("no checkpoint within a minute")
		}
	}
	release = lock(t, folder, "NORMAL")
	if code := exitCode(t, command); code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	return stderr.String(), release
}

func outboxes(t *testing.T, folder string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(folder, "experiments.runs", "*", "results-*"))
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

func TestResultsWaitInAFileForALockedDatabase(t *testing.T) {
	uncut := t.TempDir()
	execute(t, uncut, 0, moco...)
	folder := t.TempDir()
	messages, release := lockedRun(t, folder)
	files := outboxes(t, folder)
	if len(files) != 1 {
		t.Fatalf("files of results %q, want one; messages %s", files, messages)
	}
	for _, want := range []string{"experiments.db: locked by another process", "what is recorded of run mocov2-1 goes to ",
		files[0][len(folder)+1:],
		"the next kontrast command that opens the database takes it in"} {
		if !strings.Contains(messages, want) {
			t.Errorf("messages %q, want %q", messages, want)
		}
	}
	if text := execute(t, folder, 0, "runs", "--lock-timeout",
		"100ms"); !strings.Contains(text, "are not in the database yet") {
		t.Errorf("while it is locked, runs says %q", text)
	}
	listing := exec.CommandContext(t.Context(), "kontrast", "runs", "--lock-timeout", "100ms")
	listing.Dir = folder
	if text, err := listing.Output(); err != nil || !regexp.MustCompile(`mocov2-1 .* waiting `).Match(text) {
		t.Errorf("while its results wait, the run is listed as (error %v)\n%s", err, text)
	}
	release()
	kept, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if text := execute(t, folder, 0, "show", "1"); !strings.Contains(text, "the results of run mocov2-1 that waited in ") {
		t.Errorf("the command that takes them in says %q", text)
	}
	sameNumbers(t, folder, uncut)
	if left := outboxes(t, folder); len(left) > 0 {
		t.Errorf("%q stay", left)
	}

	// As after a crash between the transaction and the removal: it counts once.
	if err := os.WriteFile(files[0], kept, 0o600); err != nil {
		t.Fatal(err)
	}
	execute(t, folder, 0, "sql", "SELECT 1")
	sameNumbers(t, folder, uncut)
	if left := outboxes(t, folder); len(left) > 0 {
		t.Errorf("%q stay", left)
	}

	// A damaged file is refused by name, and stays.
	kept[len(kept)/2] ^= 4
	if err := os.WriteFile(files[0], kept, 0o600); err != nil {
		t.Fatal(err)
	}
	if text := execute(t, folder, 0, "runs"); !strings.Contains(text,
		filepath.Base(files[0])+" can't be taken in: line ") {
		t.Errorf("of a damaged file: %q", text)
	}
	sameNumbers(t, folder, uncut)
}

// TestARunThatIsKilledWhileItsResultsWait loses nothing either: what was safe
// in the file is taken in, and the run goes on from its checkpoint.
func TestARunThatIsKilledWhileItsResultsWait(t *testing.T) {
	uncut, folder := t.TempDir(), t.TempDir()
	execute(t, uncut, 0, moco...)
	command, stderr := start(t, folder, nil, append(moco, "--lock-timeout", "100ms")...)
	for deadline := time.Now().Add(time.Minute); len(checkpoints(t, folder)) == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("no checkpoint within a minute")
		}
	}
	release := lock(t, folder, "NORMAL")
	for deadline := time.Now().Add(time.Minute); len(outboxes(t, folder)) == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("no results in a file within a minute: %s", stderr)
		}
	}
	if err := command.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	exitCode(t, command)
	release()
	execute(t, folder, 0, "resume", "1", "--quiet")
	sameNumbers(t, folder, uncut)
}

func TestALockedDatabaseIsToldBeforeATraining(t *testing.T) {
	folder := t.TempDir()
	execute(t, folder, 0, append([]string{"run"}, small...)...)
	for _, mode := range []string{"NORMAL", "EXCLUSIVE"} {
		release := lock(t, folder, mode)
		text := execute(t, folder, 1, append([]string{"run", "--lock-timeout", "3s"}, small...)...)
		for _, want := range []string{"waiting for it for up to 3s", "locked by another process for too long (3s"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %q, want %q", mode, text, want)
			}
		}
		release()
	}
	if got := query(t, folder, "SELECT count(*) FROM runs"); !cmp.Equal(got, [][]any{{int64(1)}}) {
		t.Errorf("runs %v, want the first alone", got)
	}
	if text := execute(t, folder, 2, "runs", "--lock-timeout",
		"-1s"); !strings.Contains(text, "--lock-timeout -1s: expected a duration") {
		t.Errorf("a negative wait: %q", text)
	}
}

// TestADatabaseThatIsRemovedTakesNoResultsWithIt removes it under a run, and puts a copy back.
func TestADatabaseThatIsRemovedTakesNoResultsWithIt(t *testing.T) {
	uncut, folder := t.TempDir(), t.TempDir()
	execute(t, uncut, 0, moco...)
	command, stderr := start(t, folder, nil, append(moco, "--lock-timeout", "100ms")...)
	for deadline := time.Now().Add(time.Minute); len(checkpoints(t, folder)) == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("no checkpoint within a minute")
		}
	}
	path, copied := filepath.Join(folder, "experiments.db"), filepath.Join(folder, "copy.db")
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("VACUUM INTO '" + copied + "'"); err != nil {
		t.Fatal(err)
	}
	db.Close()
	for _, suffix := range []string{"", "-wal", "-shm"} {
		os.Remove(path + suffix)
	}
	if code := exitCode(t, command); code != 0 || !strings.Contains(stderr.String(), "experiments.db: is gone") {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	if err := os.Rename(copied, path); err != nil {
		t.Fatal(err)
	}
	execute(t, folder, 0, "runs")
	if got := query(t, folder, "SELECT status FROM runs"); !cmp.Equal(got, [][]any{{"finished"}}) {
		t.Errorf("the run is %v", got)
	}
	if diff := cmp.Diff(query(t, uncut, numbers[2]), query(t, folder, numbers[2])); diff != "" {
		t.Errorf("predictions (-want +got):\n%.1000s", diff)
	}
}

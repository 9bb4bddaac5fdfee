package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/mattn/go-sqlite3"

	"github.com/kontrast-ml/kontrast/framework/config"
)

// raw runs SQL on the file behind the package's back.
func raw(t *testing.T, path, script string) {
	t.Helper()
	db := sql.OpenDB(connector{"file:" + path, nil})
	defer db.Close()
	if _, err := db.Exec(script); err != nil {
		t.Fatal(err)
	}
}

func TestOpenRefusesAndLeavesTheFileAlone(t *testing.T) {
	scripts, err := migrations()
	check(t, err)
	newest := len(scripts)
	future := fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = 999; CREATE TABLE runs (id)", ApplicationID)
	past := fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = 1; CREATE TABLE runs (id)", ApplicationID)
	for _, test := range []struct {
		name     string
		make     func(t *testing.T, path string)
		readOnly bool
		is       error
		want     string
	}{
		{name: "foreign", make: func(t *testing.T, path string) { raw(t, path, "CREATE TABLE songs (title)") },
			is: ErrForeign, want: "belongs to another program (application id 0x0, 1 tables and indexes); name another file"},
		{name: "foreign by its mark only", make: func(t *testing.T, path string) {
			raw(t, path, "PRAGMA application_id = 5")
		},
			is: ErrForeign, want: "application id 0x5"},
		{name: "foreign, for reading", make: func(t *testing.T, path string) {
			raw(t, path, "CREATE TABLE songs (title)")
		}, readOnly: true,
			is: ErrForeign, want: "belongs to another program"},
		{name: "newer", make: func(t *testing.T, path string) { raw(t, path, future) },
			is: ErrNewer, want: fmt.Sprintf(
				"schema 999, this program knows up to %d); update kontrast or name another file", newest,
			)},
		{name: "damaged version", make: func(t *testing.T, path string) {
			raw(t, path, strings.Replace(past, "= 1;", "= -3;", 1))
		},
			want: fmt.Sprintf("its schema version is -3, expected 1 to %d", newest)},
		{name: "older, for reading", make: func(t *testing.T, path string) { raw(t, path, past) }, readOnly: true,
			is: ErrOlder, want: fmt.Sprintf("schema 1, this program reads %d); any command that writes to it", newest)},
		{name: "text", make: func(t *testing.T, path string) { write(t, path, strings.Repeat("not a database\n", 100)) },
			want: "not an SQLite database; name another file"},
		{name: "cut off", make: func(t *testing.T, path string) { write(t, path, "SQLite format 3\x00") },
			want: "not an SQLite database"},
		{name: "missing, for reading", make: func(*testing.T, string) {}, readOnly: true,
			is: fs.ErrNotExist, want: "run an experiment first or name another file"},
		{name: "empty, for reading", make: func(t *testing.T, path string) { write(t, path, "") }, readOnly: true,
			want: "the file is empty; run an experiment first"},
		{name: "directory", make: func(t *testing.T, path string) { check(t, os.Mkdir(path, 0o777)) },
			want: "is a directory; name a file in it"},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "e.db")
			test.make(t, path)
			before, _ := os.ReadFile(path)
			s, err := Open(t.Context(), path, Options{ReadOnly: test.readOnly, BusyTimeout: time.Second})
			if err == nil {
				s.Close()
				t.Fatal("opened")
			}
			if !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("error %q, want %q and the path", err, test.want)
			}
			if test.is != nil && !errors.Is(err, test.is) {
				t.Errorf("error %q is not %q", err, test.is)
			}
			after, _ := os.ReadFile(path)
			if !bytes.Equal(before, after) {
				t.Error("the file was changed")
			}
		})
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	check(t, os.WriteFile(path, []byte(content), 0o666))
}

func TestOpenRefusesPathsThatLeadNowhere(t *testing.T) {
	directory := t.TempDir()
	write(t, filepath.Join(directory, "file"), "")
	for path, want := range map[string]string{
		"": "the path is empty",
		filepath.Join(directory, "no", "e.db"): "its directory: stat " + filepath.Join(directory, "no") +
			": no such file or directory; make it first",
		filepath.Join(directory, "file", "e.db"): "not a directory",
	} {
		if _, err := Open(t.Context(), path, Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", path, err, want)
		}
	}
	for _, negative := range []Options{{BusyTimeout: -1}, {FlushInterval: -1}} {
		if _, err := Open(t.Context(), filepath.Join(directory, "e.db"), negative); err == nil ||
			!strings.Contains(err.Error(), "neither may be negative; 0 means the default") {
			t.Errorf("%+v: error %v", negative, err)
		}
	}
}

func TestOpenTakesAnyFileName(t *testing.T) {
	for _, name := range []string{"a b.db", "50%.db", "what?.db", "a#b.db", "ü&mode=memory.db", "file:x.db"} {
		path := filepath.Join(t.TempDir(), name)
		s := openStore(t, path, Options{})
		createRun(t, s, info("simclr", "resnet8", 1))
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := text(t, s, "SELECT count(*) FROM runs"); got != "1" {
			t.Errorf("%s: %s runs, want 1", name, got)
		}
	}
}

func TestOpenTakesAnEmptyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "e.db")
	write(t, path, "")
	openStore(t, path, Options{})
}

func TestOpenBringsAnOlderSchemaUpToDate(t *testing.T) {
	scripts, err := migrations()
	check(t, err)
	path := filepath.Join(t.TempDir(), "e.db")
	raw(t, path, scripts[0]+fmt.Sprintf("; PRAGMA application_id = %d; PRAGMA user_version = 1;", ApplicationID)+`
		INSERT INTO runs (name, method, backbone, dataset, seed, config_hash, config, started, heartbeat)
		VALUES ('old', 'simclr', 'resnet8', 'shapes', 1, 'h', '{}', '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z')`)
	s := openStore(t, path, Options{})
	if got := text(t, s, "SELECT name, state FROM run_overview"); got != "old|lost" {
		t.Errorf("after the migration %q, want the old run", got)
	}
	if got := lines(t, s, "SELECT user_version FROM pragma_user_version"); got[0] != strconv.Itoa(len(scripts)) {
		t.Errorf("schema version %s, want %d", got[0], len(scripts))
	}
}

func TestAMigrationThatRenamesSettingsHashesThemAgain(t *testing.T) {
	scripts, err := migrations()
	check(t, err)
	path := filepath.Join(t.TempDir(), "e.db")
	raw(t, path, scripts[0]+scripts[1]+fmt.Sprintf("; PRAGMA application_id = %d; PRAGMA user_version = 2;",
		ApplicationID)+`
		INSERT INTO runs (name, method, backbone, dataset, seed, config_hash, config, started, heartbeat) VALUES
		('renamed', 'dino', 'b', 'shapes', 1, 'old', '{"dataset":{"colours":3},"method":{"centre_momentum":0.9},"seed":1}', '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z'),
		('as it was', 'dino', 'b', 'folder', 1, 'old', '{"seed":1}', '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z');
		INSERT INTO params (run, key, value) VALUES (1, 'dataset.colours', '3')`)
	s := openStore(t, path, Options{})
	doc, err := config.Parse("now", []byte(`{"dataset":{"colors":3},"method":{"center_momentum":0.9}}`))
	check(t, err)
	want := []string{
		`renamed|` + doc.Hash() + `|{"dataset":{"colors":3},"method":{"center_momentum":0.9},"seed":1}`,
		`as it was|old|{"seed":1}`,
	}
	if diff := cmp.Diff(
		want, lines(t, s, "SELECT name || '|' || config_hash || '|' || config FROM runs ORDER BY id"),
	); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got := text(t, s, "SELECT key, value FROM params"); got != "dataset.colors|3" {
		t.Errorf("params %q", got)
	}
}

func TestAFailedMigrationChangesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "e.db")
	// The table that the second script's views need is missing, and one of its views is there already.
	raw(
		t, path, fmt.Sprintf(
			"PRAGMA application_id = %d; PRAGMA user_version = 1; CREATE TABLE leaderboard (id)", ApplicationID,
		),
	)
	if _, err := Open(t.Context(), path, Options{}); err == nil || !strings.Contains(err.Error(), "schema version 2: ") {
		t.Fatalf("error %v, want one that names the schema version", err)
	}
	db := sql.OpenDB(connector{"file:" + path, nil})
	defer db.Close()
	h, err := readHeader(t.Context(), db)
	check(t, err)
	if h.version != 1 || h.tables != 1 {
		t.Errorf("version %d with %d tables, want 1 with 1", h.version, h.tables)
	}
}

func TestALockedFileIsWaitedForThenReported(t *testing.T) {
	s := newStore(t)
	other := openStore(t, s.Path(), Options{BusyTimeout: 50 * time.Millisecond})
	tx, err := s.db.BeginTx(t.Context(), nil) // takes the write lock
	check(t, err)
	_, err = other.CreateRun(t.Context(), info("simclr", "resnet8", 1))
	if !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), "locked by another process for too long") {
		t.Errorf("error %v, want ErrLocked", err)
	}
	patient := openStore(t, s.Path(), Options{})
	release := time.AfterFunc(100*time.Millisecond, func() { tx.Rollback() })
	defer release.Stop()
	createRun(t, patient, info("simclr", "resnet8", 1))
}

func TestManyOpenOneNewFileAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "e.db")
	var group sync.WaitGroup
	for range 16 {
		group.Go(func() {
			s, err := Open(context.Background(), path, Options{})
			if err != nil {
				t.Error(err)
				return
			}
			s.Close()
		})
	}
	group.Wait()
}

func TestErrorsOfTheFileSayWhatToDo(t *testing.T) {
	for code, want := range map[sqlite3.ErrNo]string{
		sqlite3.ErrReadonly: "make the file and its directory writable or name another file",
		sqlite3.ErrCantOpen: "check the permissions of the file and its directory",
		sqlite3.ErrFull:     "; free some space, then resume the run or try again",
		sqlite3.ErrIoErr:    "check its free space and health",
		sqlite3.ErrCorrupt:  "is damaged",
	} {
		err := explain("e.db", fmt.Errorf("wrapped: %w", sqlite3.Error{Code: code}))
		if errors.Is(err, ErrFull) != (code == sqlite3.ErrFull) {
			t.Errorf("code %d: %v is ErrFull: %t", code, err, errors.Is(err, ErrFull))
		}
		if !strings.HasPrefix(err.Error(), "results database e.db: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("code %d: error %q, want %q", code, err, want)
		}
		if again := explain("e.db", fmt.Errorf("more: %w", err)); again.Error() != "more: "+err.Error() {
			t.Errorf("code %d: explained twice: %q", code, again)
		}
	}
}

func TestADamagedFileIsReported(t *testing.T) {
	s := newStore(t)
	for seed := range uint64(50) {
		createRun(t, s, info("simclr", "resnet8", seed)).Close(t.Context())
	}
	s.Close()
	content, err := os.ReadFile(s.Path())
	check(t, err)
	for i := 4096; i < len(content); i++ {
		content[i] = 0xa5
	}
	check(t, os.WriteFile(s.Path(), content, 0o666))
	damaged, err := Open(t.Context(), s.Path(), Options{ReadOnly: true})
	if err == nil {
		defer damaged.Close()
		_, err = damaged.Runs(t.Context(), Filter{})
	}
	if err == nil || !strings.Contains(err.Error(), "is damaged") {
		t.Errorf("error %v, want one that says so", err)
	}
}

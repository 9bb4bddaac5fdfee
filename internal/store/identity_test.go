package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

func TestEveryDatabaseAndRunHasAnIdentity(t *testing.T) {
	seen := map[string]bool{}
	for range 2 {
		s := newStore(t)
		own, err := s.Identity(t.Context())
		check(t, err)
		ids := []string{own}
		for seed := range uint64(3) {
			w := createRun(t, s, info("simclr", "resnet8", seed))
			run, err := s.Run(t.Context(), w.ID)
			check(t, err)
			ids = append(ids, run.UUID)
		}
		for _, id := range ids {
			parsed, err := uuid.Parse(id)
			if err != nil || parsed.Version() != 7 || seen[id] {
				t.Errorf("identity %q, error %v; want a new UUID of version 7", id, err)
			}
			seen[id] = true
		}
	}
}

// TestOldRunsGetTheSameIdentityInEveryCopy migrates two copies of a database of schema 5.
func TestOldRunsGetTheSameIdentityInEveryCopy(t *testing.T) {
	scripts, err := migrations()
	check(t, err)
	var copies [][]string
	for range 2 {
		path := filepath.Join(t.TempDir(), "e.db")
		raw(t, path, strings.Join(scripts[:5], ";")+fmt.Sprintf("; PRAGMA application_id = %d; PRAGMA user_version = 5;",
			ApplicationID)+`
			INSERT INTO runs (name, method, backbone, dataset, seed, config_hash, config, started, heartbeat) VALUES
			('a', 'dino', 'b', 'shapes', 1, 'h', '{}', '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z'),
			('b', 'dino', 'b', 'shapes', 1, 'h', '{}', '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z')`)
		copies = append(copies, lines(t, openStore(t, path, Options{}), "SELECT uuid FROM runs ORDER BY id"))
	}
	if diff := cmp.Diff(copies[0], copies[1]); diff != "" || copies[0][0] == copies[0][1] {
		t.Errorf("identities %q and %q, want the same in both copies and another for each run", copies[0], copies[1])
	}
	began := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	id, err := uuid.Parse(copies[0][0])
	check(t, err)
	if sec, _ := id.Time().UnixTime(); id.Version() != 7 || sec != began.Unix() {
		t.Errorf("%s is of version %d and of %d, want 7 and %d", id, id.Version(), sec, began.Unix())
	}
}

func TestDataAreReadBackAndCompared(t *testing.T) {
	s := newStore(t)
	known := info("simclr", "resnet8", 1)
	known.Data = Data{ImageSize: 32, Normalization: json.RawMessage(`{"mean":[0.5,0.5,0.5]}`), Splits: []Split{
		{Name: "train", Samples: 5, Classes: []Class{{"cat", 2}, {"dog", 3}}, Fingerprint: "a"},
		{Name: "test", Samples: 2, Classes: []Class{{"cat", 1}, {"dog", 1}}, Fingerprint: "b"},
	}}
	w := createRun(t, s, known)
	check(t, w.SetPixels(t.Context(), "test", "p"))
	check(t, w.SetPixels(t.Context(), "test", "another"))
	want := known.Data
	want.Splits[1].Pixels = "p"
	got, err := s.Data(t.Context(), w.ID)
	check(t, err)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-written +read)\n%s", diff)
	}
	for text, change := range map[string]func(*Split){
		"": func(*Split) {},
		"the test split has 3 samples, and had 2": func(s *Split) { s.Samples++ },
		`class "cat" is gone, class "cow" is new, the test split has as many samples, but other classes`: func(s *Split) {
			s.Classes[0].Name, s.Fingerprint = "cow", "c"
		},
		"the test split has as many samples, but others": func(s *Split) { s.Fingerprint = "c" },
		"images of the test split have other pixels":     func(s *Split) { s.Pixels = "q" },
	} {
		now := got
		now.Splits = slices.Clone(got.Splits)
		now.Splits[1].Classes = slices.Clone(got.Splits[1].Classes)
		change(&now.Splits[1])
		if differences := strings.Join(got.Differences(now), ", "); differences != text {
			t.Errorf("differences %q, want %q", differences, text)
		}
	}
}

// TestOneProcessOfManyGetsARun reopens a run through many connections at once.
func TestOneProcessOfManyGetsARun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "e.db")
	s := openStore(t, path, Options{})
	w := createRun(t, s, info("simclr", "resnet8", 1))
	check(t, w.Finish(t.Context(), Interrupted, nil))
	// A run of another process that lives: the one that reopened it.
	_, err := s.db.Exec(
		"CREATE TRIGGER elsewhere AFTER UPDATE OF claim ON runs BEGIN UPDATE runs SET pid = 1 WHERE id = new.id; END",
	)
	check(t, err)
	errs := make([]error, 8)
	var wg sync.WaitGroup
	for i := range errs {
		other := openStore(t, path, Options{})
		wg.Go(func() {
			var again *RunWriter
			if again, errs[i] = other.ReopenRun(t.Context(), w.ID, Reopening{}); errs[i] == nil {
				errs[i] = again.Close(t.Context())
			}
		})
	}
	wg.Wait()
	got := 0
	for _, err := range errs {
		if err == nil {
			got++
		} else if !errors.Is(err, ErrRunning) {
			t.Errorf("error %v, want ErrRunning", err)
		}
	}
	if got != 1 {
		t.Errorf("%d got the run, want 1", got)
	}
}

// TestARunCanBeTakenOver takes a run whose sign of life is of the future, and of another machine.
func TestARunCanBeTakenOver(t *testing.T) {
	s := newStore(t)
	w := createRun(t, s, info("simclr", "resnet8", 1))
	ahead := stamp(time.Now().Add(48 * time.Hour))
	_, err := s.db.Exec("UPDATE runs SET host = 'elsewhere', heartbeat = ? WHERE id = ?", ahead, w.ID)
	check(t, err)
	if _, err := s.ReopenRun(t.Context(), w.ID, Reopening{}); !errors.Is(err, ErrRunning) ||
		!strings.Contains(err.Error(), "from now: a clock is wrong; end it first, or take it over") {
		t.Errorf("error %v, want ErrRunning and what to do", err)
	}
	again, err := s.ReopenRun(t.Context(), w.ID, Reopening{TakeOver: true})
	check(t, err)
	check(t, w.Log(t.Context(), 1, "loss", 1))
	for name, err := range map[string]error{
		"metrics": w.Flush(t.Context()), "evaluation": w.AddEvaluations(t.Context(), 1, knn, map[string]float64{"top1": 0.5}),
		"alarm": w.AddAlarm(t.Context(), 1, "k", "d"), "end": w.Finish(t.Context(), Finished, nil),
	} {
		if !errors.Is(err, ErrTakenOver) {
			t.Errorf("%s of the process that lost the run: error %v, want ErrTakenOver", name, err)
		}
	}
	check(t, again.Finish(t.Context(), Finished, nil))
	if got := text(t, s, "SELECT status, (SELECT count(*) FROM metrics) FROM runs"); got != "finished|0" {
		t.Errorf("the run is %s", got)
	}
	if _, err := s.ReopenRun(t.Context(), w.ID, Reopening{TakeOver: true}); !errors.Is(err, ErrEnded) {
		t.Errorf("a run that has finished: error %v, want ErrEnded", err)
	}
}

func TestPathsMoveWithTheDatabase(t *testing.T) {
	s := newStore(t)
	w := createRun(t, s, info("simclr", "resnet8", 1))
	folder := filepath.Dir(s.Path())
	below, beside := filepath.Join(folder, "x.runs", "a.bin"), filepath.Join(t.TempDir(), "b.bin")
	for _, path := range []string{below, beside} {
		check(t, os.MkdirAll(filepath.Dir(path), 0o777))
		write(t, path, "")
		_, err := w.AddArtifact(t.Context(), "file", path)
		check(t, err)
	}
	if got := lines(t, s, "SELECT path FROM artifacts ORDER BY path DESC"); !slices.Equal(got,
		[]string{"x.runs/a.bin", beside}) {
		t.Errorf("stored paths %q, want one relative to the database and %s", got, beside)
	}
	files, err := s.Artifacts(t.Context(), w.ID)
	check(t, err)
	for _, file := range files {
		if file.Path != below && file.Path != beside {
			t.Errorf("path %s, want one of %s and %s", file.Path, below, beside)
		}
	}
	if got := s.Located(s.Relative(beside)); got != beside {
		t.Errorf("%s is found at %s", beside, got)
	}
}

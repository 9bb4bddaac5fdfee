package store

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// The view predictions gives back what was recorded: of any classes, and of
// samples between which others are missing.
func TestPredictionsAreReadAsTheyWereRecorded(t *testing.T) {
	s := newStore(t)
	w := createRun(t, s, info("simclr", "resnet8", 1))
	check(t, w.SetPredictions(t.Context(), knn, []Prediction{{4, 7, 1234}, {0, 12, 12}, {9, 0, 0}}))
	want := "0|12|12\n4|7|1234\n9|0|0"
	if got := text(t, s, "SELECT sample, label, predicted FROM predictions ORDER BY sample"); got != want {
		t.Errorf("predictions\n%s\nwant\n%s", got, want)
	}
	if got := text(t, s, "SELECT predicted FROM predictions WHERE run = 1 AND sample = 4"); got != "1234" {
		t.Errorf("sample 4 is predicted as %s", got)
	}
	other := createRun(t, s, info("mocov2", "resnet8", 1))
	check(t, other.SetPredictions(t.Context(), knn, []Prediction{{0, 12, 3}, {4, 7, 7}, {20, 1, 1}}))
	both := "SELECT a.sample, a.predicted, b.predicted FROM predictions a JOIN predictions b USING (protocol, sample) " +
		"WHERE a.run = 1 AND b.run = 2 ORDER BY 1"
	if got := text(t, s, both); got != "0|12|3\n4|1234|7" {
		t.Errorf("of both runs\n%s", got)
	}
	check(t, other.SetPredictions(t.Context(), knn, nil))
	if got := text(t, s, "SELECT group_concat(DISTINCT run) FROM predictions"); got != "1" {
		t.Errorf("runs with predictions: %s, want 1", got)
	}
}

func TestGuessesOfTheSameSamplesAreKnownByThem(t *testing.T) {
	s := newStore(t)
	guesses := func(seed uint64, predictions ...Prediction) Guesses {
		t.Helper()
		w := createRun(t, s, info("simclr", "resnet8", seed))
		check(t, w.SetPredictions(t.Context(), knn, predictions))
		g, err := s.Guesses(t.Context(), w.ID, knn.String())
		check(t, err)
		return g
	}
	one := guesses(1, Prediction{0, 1, 1}, Prediction{2, 0, 1})
	if len(one.Right) != 2 || one.Right[0] != 1 || one.Right[1] != 0 || one.Mean() != 0.5 {
		t.Errorf("guesses %v", one.Right)
	}
	if wider := guesses(2, Prediction{0, 1, 100}, Prediction{2, 0, 0}); wider.Test != one.Test {
		t.Error("guesses of the same samples with the same labels count as of others")
	}
	for i, other := range [][]Prediction{{{0, 1, 1}, {1, 0, 1}}, {{0, 1, 1}, {2, 1, 1}}, {{0, 1, 1}}} {
		if g := guesses(uint64(3+i), other...); g.Test == one.Test {
			t.Errorf("guesses %v count as of the same samples", other)
		}
	}
	if none := guesses(9); len(none.Right) > 0 {
		t.Errorf("no guesses, but %v", none.Right)
	}
}

// Predictions of an older schema are packed when the database is brought up to date.
func TestOldPredictionsArePacked(t *testing.T) {
	scripts, err := migrations()
	check(t, err)
	path := filepath.Join(t.TempDir(), "old.db")
	raw(t, path, strings.Join(scripts[:7], ";")+fmt.Sprintf("; PRAGMA application_id = %d; PRAGMA user_version = 7;",
		ApplicationID)+`
		INSERT INTO identity VALUES (1, 'u', 'now');
		INSERT INTO runs (id, name, method, backbone, dataset, seed, config_hash, config, started, heartbeat) VALUES (3, 'a', 'simclr', 'resnet8', 'shapes', 1, 'h', '{}', 'now', 'now');
		INSERT INTO protocols (id, label, kind, selection) VALUES (5, 'knn', 'knn', 'last'), (6, 'linear', 'linear', 'last');
		INSERT INTO predictions VALUES (3, 5, 0, 7, 11), (3, 5, 2, 1, 1), (3, 6, 1, 0, 0);`)
	s := openStore(t, path, Options{})
	if got := text(t, s, "SELECT run, protocol, sample, label, predicted FROM predictions ORDER BY protocol, "+
		"sample"); got != "3|5|0|7|11\n3|5|2|1|1\n3|6|1|0|0" {
		t.Errorf("predictions\n%s", got)
	}
	if got := text(t, s, "SELECT count(*) FROM sqlite_schema WHERE name LIKE '%old%' OR name = "+
		"'predictions_by_protocol'"); got != "0" {
		t.Errorf("%s tables and indexes of the old schema are left", got)
	}
}

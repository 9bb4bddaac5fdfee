package store

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// newStore opens a new database in a directory of the test's own.
func newStore(t testing.TB) *Store {
	t.Helper()
	return openStore(t, filepath.Join(t.TempDir(), "experiments.db"), Options{})
}

func openStore(t testing.TB, path string, options Options) *Store {
	t.Helper()
	s, err := Open(t.Context(), path, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func info(method, backbone string, seed uint64) RunInfo {
	config, err := json.Marshal(map[string]any{
		"seed": seed, "method": map[string]any{"name": method, "temperature": 0.5},
		"optimizer": map[string]any{"lr": 0.06, "betas": []float64{0.9, 0.999}, "nesterov": false},
	})
	if err != nil {
		panic(err)
	}
	return RunInfo{Study: "s", Method: method, Backbone: backbone, Dataset: "shapes",
		Seed: seed, Config: config, ConfigHash: "hash-" + method}
}

func createRun(t testing.TB, s *Store, info RunInfo) *RunWriter {
	t.Helper()
	w, err := s.CreateRun(t.Context(), info)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close(context.Background()) })
	return w
}

// scored records a finished run that one evaluation gave that value.
func scored(t testing.TB, s *Store, info RunInfo, protocol Protocol, metric string, value float64) *RunWriter {
	t.Helper()
	w := createRun(t, s, info)
	check(t, w.AddEvaluations(t.Context(), 100, protocol, map[string]float64{metric: value}))
	check(t, w.Finish(t.Context(), Finished, nil))
	return w
}

var knn = Protocol{Kind: "knn", K: 200, Temperature: 0.07, Distance: "cosine", TrainSplit: "train", TestSplit: "test"}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// eventually waits until what another goroutine or process does has happened.
func eventually(t *testing.T, happened func() bool) {
	t.Helper()
	for start := time.Now(); !happened(); time.Sleep(time.Millisecond) {
		if time.Since(start) > time.Minute {
			t.Fatal("it has not happened in a minute")
		}
	}
}

// text runs a query and joins its values: | between columns, a new line between rows.
func text(t testing.TB, s *Store, query string) string {
	t.Helper()
	rows, err := Query(t.Context(), s.Path(), query, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, row := range rows.Values {
		fields := make([]string, len(row))
		for i, value := range row {
			fields[i] = fmt.Sprint(value)
		}
		lines = append(lines, strings.Join(fields, "|"))
	}
	return strings.Join(lines, "\n")
}

package store

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestMetricsAreReadBackAsCurves(t *testing.T) {
	s := newStore(t)
	for seed := range uint64(2) {
		w := createRun(t, s, info("simclr", "resnet8", seed))
		for step, loss := range []float64{3, math.NaN(), 1, math.Inf(1)} {
			check(t, w.LogAll(t.Context(), int64(step), map[string]float64{"loss": loss, "lr": 0.1}))
		}
		check(t, w.Log(t.Context(), 2, "loss", 0.5)) // a second value replaces the first
		check(t, w.Finish(t.Context(), Finished, nil))
	}
	got, err := s.Curves(t.Context(), "loss", Filter{Method: "simclr"})
	check(t, err)
	one := Curve{Run: 1, Name: "simclr-1", Study: "s", Method: "simclr", Backbone: "resnet8", Dataset: "shapes",
		Hash:   "hash-simclr",
		Metric: "loss", Steps: []int64{0, 1, 2, 3}, Values: []float64{3, math.NaN(), 0.5, math.NaN()}}
	two := one
	two.Run, two.Name, two.Seed = 2, "simclr-2", 1
	if diff := cmp.Diff([]Curve{one, two}, got, cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got, err := s.Curves(t.Context(), "accuracy", Filter{}); err != nil || got != nil {
		t.Errorf("a metric that nobody logged gives %v, %v", got, err)
	}
}

func TestLogRefuses(t *testing.T) {
	w := createRun(t, newStore(t), info("simclr", "resnet8", 1))
	for _, err := range []error{w.Log(t.Context(), 1, "", 1), w.Log(t.Context(), -1, "loss", 1)} {
		if err == nil || !strings.Contains(err.Error(), "the name must not be empty and the step not negative") {
			t.Errorf("error %v", err)
		}
	}
}

func TestAFullBufferIsWritten(t *testing.T) {
	s := newStore(t)
	w := createRun(t, s, info("simclr", "resnet8", 1))
	for step := range int64(flushRows + 1) {
		check(t, w.Log(t.Context(), step, "loss", 1))
	}
	if got := text(t, s, "SELECT count(*) FROM metrics"); got != fmt.Sprint(flushRows) {
		t.Errorf("%s rows are written, want %d", got, flushRows)
	}
}

func TestTheBufferIsWrittenInTheBackground(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "e.db"), Options{FlushInterval: time.Millisecond})
	w := createRun(t, s, info("simclr", "resnet8", 1))
	check(t, w.Log(t.Context(), 1, "loss", 1))
	eventually(t, func() bool { return text(t, s, "SELECT count(*) FROM metrics") == "1" })
}

func TestWhatCantBeWrittenStaysPending(t *testing.T) {
	s := newStore(t)
	hasty := openStore(t, s.Path(), Options{BusyTimeout: 10 * time.Millisecond})
	w := createRun(t, hasty, info("simclr", "resnet8", 1))
	tx, err := s.db.BeginTx(t.Context(), nil)
	check(t, err)
	for step := range int64(flushRows) { // the last of them meets the lock
		check(t, w.Log(t.Context(), step, "loss", 1))
	}
	if err := w.Flush(t.Context()); !errors.Is(err, ErrLocked) {
		t.Errorf("error %v, want ErrLocked", err)
	}
	check(t, tx.Rollback())
	check(t, w.Close(t.Context()))
	if got := text(t, s, "SELECT count(*) FROM metrics"); got != fmt.Sprint(flushRows) {
		t.Errorf("%s rows are written, want %d", got, flushRows)
	}
}

func TestAWriterMayBeSharedByGoroutines(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "e.db"), Options{FlushInterval: time.Millisecond})
	w := createRun(t, s, info("simclr", "resnet8", 1))
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			for step := range int64(2000) {
				if err := w.Log(context.Background(), step, fmt.Sprint("m", worker), 1); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	check(t, w.Finish(t.Context(), Finished, nil))
	if got := text(t, s, "SELECT count(*), count(DISTINCT name) FROM metrics"); got != "16000|8" {
		t.Errorf("rows and names %s, want 16000|8", got)
	}
}

// BenchmarkMetrics writes 200,000 rows, as a run of 20,000 steps with ten
// metrics does.
func BenchmarkMetrics(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		s := newStore(b)
		w := createRun(b, s, info("simclr", "resnet8", 1))
		b.StartTimer()
		for step := range int64(20_000) {
			for metric := range 10 {
				check(b, w.Log(b.Context(), step, metricNames[metric], float64(step)))
			}
		}
		check(b, w.Flush(b.Context()))
	}
}

var metricNames = []string{"loss", "lr", "momentum", "temperature", "embedding_std", "rankme", "alignment",
	"uniformity", "images_per_second", "gradient_norm"}

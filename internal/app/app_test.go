package app

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gomlx/gomlx/core/graph"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/internal/store"
)

func options(t *testing.T) Options {
	t.Helper()
	catalog, err := NewCatalog(Extensions{})
	if err != nil {
		t.Fatal(err)
	}
	return Options{Database: filepath.Join(t.TempDir(), "results.db"), Catalog: catalog}
}

func TestAProcessIsBuiltAndReleased(t *testing.T) {
	var console bytes.Buffer
	o := options(t)
	o.Console = &console
	a, release, err := New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if a.Runner == nil || a.Runner.Store != a.Store || a.Runner.Backend != a.Backend || a.Runner.Log != a.Log {
		t.Errorf("the runner %+v does not use the parts of the process", a.Runner)
	}
	if a.Catalog.Methods.Names()[0] == "" || a.Runner.Catalog.Methods != a.Catalog.Methods {
		t.Error("the runner does not use the catalog of the process")
	}
	a.Log.Info("told to the file")
	a.Log.Warn("told to both")
	release()
	if _, err := a.Store.Runs(t.Context(), store.Filter{}); err == nil {
		t.Error("the store is open after the release")
	}
	text, err := os.ReadFile(strings.TrimSuffix(o.Database, ".db") + ".runs/kontrast.log")
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(text) {
		if !json.Valid(line) {
			t.Errorf("the log has the line %q, want JSON", line)
		}
	}
	if got := bytes.Count(text, []byte("\n")); got != 2 {
		t.Errorf("the log has %d lines, want 2", got)
	}
	if got := console.String(); !strings.Contains(got, "told to both") || strings.Contains(got, "told to the file") {
		t.Errorf("the console has %q, want the warning alone", got)
	}
}

func TestClockAndLoggerCanBeGiven(t *testing.T) {
	then := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
	core, logged := observer.New(zap.InfoLevel)
	o := options(t)
	a, release, err := NewWith(t.Context(), o, func() time.Time { return then }, zap.New(core))
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	info := store.RunInfo{
		Method: "m", Backbone: "b", Dataset: "d", Config: json.RawMessage("{}"), ConfigHash: config.Hash(struct{}{}),
	}
	writer, err := a.Store.CreateRun(t.Context(), info)
	if err != nil {
		t.Fatal(err)
	}
	if err := writer.Finish(t.Context(), store.Finished, nil); err != nil {
		t.Fatal(err)
	}
	run, err := a.Store.Run(t.Context(), writer.ID)
	if err != nil || !run.Started.Equal(then) || !run.Finished.Equal(then) {
		t.Errorf("the run is from %v to %v, error %v; want %v by the given clock", run.Started, run.Finished, err, then)
	}
	if got := a.Runner.Now(); !got.Equal(then) {
		t.Errorf("the runner's clock says %v, want %v", got, then)
	}
	a.Runner.Log.Info("hello")
	if logged.Len() != 1 {
		t.Errorf("%d lines logged, want 1", logged.Len())
	}
	if _, err := os.Stat(strings.TrimSuffix(o.Database, ".db") + ".runs"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a folder of logs was made, though the logger was given: %v", err)
	}
}

func TestARefusedBackendLeavesNoFile(t *testing.T) {
	o := options(t)
	o.Backend = "cuda"
	_, _, err := New(t.Context(), o)
	if !errors.Is(err, ErrBackend) || !strings.Contains(err.Error(), `known: ["go" "kontrast" "xla"]`) {
		t.Errorf("error %v, want ErrBackend with the known ones", err)
	}
	if files, err := os.ReadDir(filepath.Dir(o.Database)); err != nil || len(files) > 0 {
		t.Errorf("files %v, error %v; want none", files, err)
	}
}

// nothing is a method that does nothing.
type nothing struct{}

func (nothing) Positives(*framework.Step) []framework.Pair                               { return nil }
func (nothing) Negatives(*framework.Step, []framework.Pair) *framework.Negatives         { return nil }
func (nothing) Loss(*framework.Step, []framework.Pair, *framework.Negatives) *graph.Node { return nil }
func (nothing) Update(*framework.Step, []framework.Pair)                                 {}

func TestExtensionsJoinWhatIsBuiltIn(t *testing.T) {
	own := func(name string) Extensions {
		factory := framework.NewFactory(
			framework.Info{Name: name}, struct{}{}, func(struct{}) (framework.Method, error) { return nothing{}, nil },
		)
		return Extensions{Methods: []framework.Factory{factory}}
	}
	catalog, err := NewCatalog(own("mine"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"mine", "simclr"} {
		if _, err := catalog.Methods.Get(name); err != nil {
			t.Error(err)
		}
	}
	if _, err := NewCatalog(own("simclr")); err == nil || !strings.Contains(err.Error(), "simclr") {
		t.Errorf("error %v, want that simclr is taken", err)
	}
}

package experiment

import (
	"strings"
	"testing"

	"github.com/kontrast-ml/kontrast/internal/backend"
)

func TestRunsKeepTheirBackend(t *testing.T) {
	r := newRunner(t)
	plan := resolve(t, tiny+"method: toy")
	outcome, err := r.Run(t.Context(), plan)
	if err != nil {
		t.Fatal(err)
	}
	run, err := r.Store.Run(t.Context(), outcome.ID)
	if err != nil || run.Backend != "kontrast" || strings.Contains(string(run.Config), `"backend":`) {
		t.Fatalf("backend %q, %v, configuration %s; want kontrast, which the configuration leaves out",
			run.Backend, err, run.Config)
	}

	r.On = backend.Info{Kind: "xla:cpu", Device: "a device", Driver: "a driver"}
	wantRefusal := func(what string, err error) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), "backend kontrast") || !strings.Contains(err.Error(), "xla:cpu") {
			t.Errorf("%s on another backend: %v", what, err)
		}
	}
	_, err = r.Run(t.Context(), plan)
	wantRefusal("a new run", err)
	_, err = r.Evaluate(t.Context(), run.ID, Changes{})
	wantRefusal("evaluation", err)
	_, err = r.Resume(t.Context(), run.ID, Changes{})
	wantRefusal("resuming", err)
	_, err = r.Extend(t.Context(), run.ID, 9, "", Changes{})
	wantRefusal("a longer training", err)

	other := resolve(t, tiny+"method: toy\nbackend: xla")
	if outcome, err = r.Run(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	there, err := r.Store.Run(t.Context(), outcome.ID)
	if err != nil || there.Backend != "xla:cpu" || there.Device != "a device" || there.Driver != "a driver" ||
		there.ConfigHash == run.ConfigHash {
		t.Errorf("run %+v, %v; want another setting, with backend, device and driver", there.RunInfo, err)
	}
}

func TestAStudyIsOfOneBackend(t *testing.T) {
	study, err := newCatalog(t).ResolveStudy(
		parse(t, tiny+"grid: {backend: [kontrast, xla], method: [toy], seed: [1]}"), Defaults())
	if err != nil {
		t.Fatal(err)
	}
	if err := study.OneBackend(); err == nil || !strings.Contains(err.Error(), "xla:cpu") {
		t.Errorf("error %v, want one that names both", err)
	}
}

func TestUnknownBackends(t *testing.T) {
	_, err := newCatalog(t).Resolve(parse(t, "backend: kontrst\n"), Defaults())
	want := `test.yaml:1:10: backend: unknown compute backend "kontrst"; did you mean "kontrast"?`
	if err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("error %v, want %s", err, want)
	}
}

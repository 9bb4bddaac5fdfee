package store

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestARunIsReadBackAsItWasWritten(t *testing.T) {
	s := newStore(t)
	want := info("mocov2", "resnet20", 1<<62)
	want.Name, want.Steps, want.Host, want.Engine = "mine", 500, "a machine", "go"
	want.Backend, want.Device, want.Driver = "xla:cuda", "a GPU", "580.65"
	want.Versions = map[string]string{"go": "1.26", "kontrast": "(devel)"}
	want.GitCommit, want.MethodModule, want.MethodVersion = "abc", "example.com/moco", "v1.2.3"
	want.UUID, want.Parent = "01900000-0000-7000-8000-000000000000", "01800000-0000-7000-8000-000000000000"
	want.Locations = map[string]string{"dataset.path": "../images"}
	w := createRun(t, s, want)
	check(t, w.Log(t.Context(), 7, "loss", 1))
	check(t, w.Finish(t.Context(), Failed, errors.New("out of memory")))
	run, err := s.FindRun(t.Context(), "mine")
	check(t, err)
	if diff := cmp.Diff(want, run.RunInfo); diff != "" {
		t.Errorf("(-written +read)\n%s", diff)
	}
	if run.Status != Failed || run.State != Failed || run.Error != "out of memory" || run.Step != 7 ||
		run.Finished.Before(run.Started) {
		t.Errorf("read %+v", run)
	}
}

func TestRunsAreNamedByMethodAndNumber(t *testing.T) {
	s := newStore(t)
	createRun(t, s, info("simclr", "resnet8", 1))
	w := createRun(t, s, info("mocov2", "resnet8", 1))
	if w.Name != "mocov2-2" || w.ID != 2 {
		t.Errorf("the second run is %q, number %d", w.Name, w.ID)
	}
	for _, reference := range []string{"2", "mocov2-2"} {
		if run, err := s.FindRun(t.Context(), reference); err != nil || run.ID != 2 {
			t.Errorf("%s finds run %d, %v", reference, run.ID, err)
		}
	}
	_, err := s.FindRun(t.Context(), "moco2-2")
	if !errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), `did you mean "mocov2-2"?`) {
		t.Errorf("a misspelt name gives %v", err)
	}
	if _, err := s.FindRun(t.Context(), "3"); !errors.Is(err, ErrNotFound) {
		t.Errorf("a missing number gives %v", err)
	}
}

func TestCreateRunRefuses(t *testing.T) {
	s := newStore(t)
	createRun(t, s, info("simclr", "resnet8", 1))
	for want, change := range map[string]func(*RunInfo){
		"the method is missing":                  func(i *RunInfo) { i.Method = "" },
		"the config hash is missing":             func(i *RunInfo) { i.ConfigHash = "" },
		"seed 9223372036854775808 is above":      func(i *RunInfo) { i.Seed = math.MaxInt64 + 1 },
		"the configuration is not a JSON object": func(i *RunInfo) { i.Config = []byte("[1]") },
		"the configuration is null":              func(i *RunInfo) { i.Config = []byte("null") },
		`a run named "simclr-1" already`:         func(i *RunInfo) { i.Name = "simclr-1" },
	} {
		bad := info("simclr", "resnet8", 2)
		change(&bad)
		if _, err := s.CreateRun(t.Context(), bad); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	if got := text(t, s, "SELECT count(*) FROM runs"); got != "1" {
		t.Errorf("%s runs are recorded, want 1", got)
	}
}

func TestParamsAreTheConfigurationValueByValue(t *testing.T) {
	s := newStore(t)
	description := info("simclr", "resnet8", 3)
	description.Config =
		[]byte(`{"seed": 3, "name": "x", "optimizer": {"lr": 6e-2, "betas": [0.9, 0.999], "nesterov": true, "clip": null},
		"probes": [{"k": 20}, {"k": 200}], "none": []}`)
	w := createRun(t, s, description)
	want := []Param{{"name", "x"}, {"none", "[]"}, {"optimizer.betas", "[0.9,0.999]"}, {"optimizer.clip", nil},
		{"optimizer.lr", 0.06},
		{"optimizer.nesterov", "true"}, {"probes.0.k", int64(20)}, {"probes.1.k", int64(200)}, {"seed", int64(3)}}
	got, err := s.Params(t.Context(), w.ID)
	check(t, err)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got := text(t, s, "SELECT name FROM run_params WHERE key = 'optimizer.lr' AND value > 0.05"); got != "simclr-1" {
		t.Errorf("comparing a value as a number finds %q", got)
	}
}

// clock is a time that stands still until it is moved.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func TestARunWithoutASignOfLifeShowsAsLost(t *testing.T) {
	s := newStore(t)
	c := &clock{time.Now().Add(-3 * time.Minute)}
	past := openStore(t, s.Path(), Options{Now: c.now, FlushInterval: time.Hour})
	w := createRun(t, past, info("simclr", "resnet8", 1))
	state := func() string { return text(t, s, "SELECT state FROM run_overview") }
	if got := state(); got != "lost" {
		t.Errorf("after 3 minutes of silence the run is %s", got)
	}
	if run, err := s.Run(t.Context(), w.ID); err != nil || run.State != Lost || run.Status != Running {
		t.Errorf("read as %s, status %s, %v", run.State, run.Status, err)
	}
	c.at = time.Now()
	check(t, w.Flush(t.Context()))
	if got := state(); got != "running" {
		t.Errorf("after a heartbeat the run is %s", got)
	}
	check(t, w.Finish(t.Context(), Finished, nil))
	if got := state(); got != "finished" {
		t.Errorf("at the end the run is %s", got)
	}
}

func TestFinishWritesThoughCanceled(t *testing.T) {
	s := newStore(t)
	w := createRun(t, s, info("simclr", "resnet8", 1))
	check(t, w.Log(t.Context(), 1, "loss", 2))
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	check(t, w.Finish(canceled, Interrupted, canceled.Err()))
	if got := text(t, s, "SELECT state, error, (SELECT count(*) FROM metrics) FROM "+
		"run_overview"); got != "interrupted|context canceled|1" {
		t.Errorf("got %s", got)
	}
	if err := w.Finish(t.Context(), "done", nil); err == nil ||
		!strings.Contains(err.Error(), `can't end as "done"; known ends are finished, failed, interrupted, stopped`) {
		t.Errorf("an unknown end gives %v", err)
	}
	if err := w.Log(t.Context(), 2, "loss", 1); err == nil || !strings.Contains(err.Error(), "after the end of the run") {
		t.Errorf("logging after the end gives %v", err)
	}
}

func TestRunsFilters(t *testing.T) {
	s := comparison(t)
	runs, err := s.Runs(t.Context(), Filter{Method: "simclr", Backbone: "vit-ti"})
	check(t, err)
	if len(runs) != 3 || runs[0].ID < runs[1].ID {
		t.Errorf("%d runs, want 3, the newest first", len(runs))
	}
	for _, run := range runs {
		if run.Method != "simclr" || run.Backbone != "vit-ti" {
			t.Errorf("selected %s on %s", run.Method, run.Backbone)
		}
	}
}

func TestSecondsOfARunLeaveOutInterruptions(t *testing.T) {
	c := &clock{time.Now()}
	s := openStore(t, newStore(t).Path(), Options{Now: c.now, FlushInterval: time.Hour})
	pass := func(d time.Duration) { c.at = c.at.Add(d) }
	seconds := func() string { return text(t, s, "SELECT seconds FROM run_overview") }
	w := createRun(t, s, info("simclr", "resnet8", 1))
	pass(10 * time.Second)
	check(t, w.Finish(t.Context(), Interrupted, nil))
	pass(time.Hour)
	w, err := s.ReopenRun(t.Context(), w.ID, Reopening{})
	check(t, err)
	pass(5 * time.Second)
	check(t, w.Flush(t.Context()))
	if got := seconds(); got != "15" {
		t.Errorf("after 10 s, an hour's pause and 5 s the run has worked %s s", got)
	}
	pass(time.Minute)
	w, err = s.ReopenRun(t.Context(), w.ID, Reopening{}) // its process was killed
	check(t, err)
	pass(2 * time.Second)
	check(t, w.Finish(t.Context(), Finished, nil))
	if got := seconds(); got != "17" {
		t.Errorf("after 2 s more the run has worked %s s", got)
	}
	_, err = s.db.Exec("UPDATE runs SET seconds = NULL")
	check(t, err)
	run, err := s.Run(t.Context(), w.ID)
	check(t, err)
	if got := seconds(); got != "3677" || run.Seconds < 3676.9 || run.Seconds > 3677.1 {
		t.Errorf("a run of before the column has %s and %v s, not those of the clock", got, run.Seconds)
	}
}

func TestReopenRunGoesBackToTheStep(t *testing.T) {
	s := newStore(t)
	w := createRun(t, s, info("simclr", "resnet8", 1))
	for step := range int64(10) {
		check(t, w.Log(t.Context(), step, "loss", float64(step)))
		check(t, w.AddEvaluations(t.Context(), step, knn, map[string]float64{"top1": 0.1}))
		check(t, w.AddAlarm(t.Context(), step, "collapse", "d"))
	}
	check(t, w.SetPredictions(t.Context(), knn, []Prediction{{0, 1, 1}}))
	check(t, w.Finish(t.Context(), Failed, errors.New("killed")))

	again, err := s.ReopenRun(t.Context(), w.ID, Reopening{Step: 4})
	check(t, err)
	counts := `SELECT status, step, error, finished, (SELECT max(step) FROM metrics), (SELECT max(step) FROM evaluations),
		(SELECT max(step) FROM alarms), (SELECT count(*) FROM predictions) FROM runs`
	if got := text(t, s, counts); got != "running|4|<nil>|<nil>|4|4|4|0" {
		t.Errorf("reopened at step 4: %s", got)
	}
	check(t, again.Log(t.Context(), 5, "loss", 50))
	check(t, again.Finish(t.Context(), Finished, nil))
	if got := text(t, s, "SELECT group_concat(value, ' ') FROM (SELECT value FROM metrics ORDER BY "+
		"step)"); got != "0.0 1.0 2.0 3.0 4.0 50.0" {
		t.Errorf("the curve is %s", got)
	}
	if _, err := s.ReopenRun(t.Context(), 77, Reopening{}); !errors.Is(err, ErrNotFound) {
		t.Errorf("reopening a run that is not there gives %v", err)
	}
}

func TestReopenRunRefusesARunInProgress(t *testing.T) {
	s := newStore(t)
	w := createRun(t, s, info("simclr", "resnet8", 1))
	elsewhere := createRun(
		t, s, func() RunInfo { i := info("simclr", "resnet8", 2); i.Host = "another-machine"; return i }(),
	)
	_, err := s.db.Exec("UPDATE runs SET pid = 1 WHERE id = ?", w.ID) // a process that always lives
	check(t, err)
	for id, want := range map[int64]string{w.ID: "process 1 on ",
		elsewhere.ID: " on another-machine, last sign of life "} {
		if _, err := s.ReopenRun(t.Context(), id, Reopening{}); !errors.Is(err, ErrRunning) ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	_, err = s.db.Exec("UPDATE runs SET pid = 1 << 30 WHERE id = ?", w.ID) // no such process: it was killed
	check(t, err)
	if run, err := s.Run(t.Context(), w.ID); err != nil || run.State != Lost {
		t.Errorf("without its process the run is %s, %v; want lost", run.State, err)
	}
	again, err := s.ReopenRun(t.Context(), w.ID, Reopening{})
	check(t, err)
	check(t, again.Close(t.Context()))
}

func TestAppendRunAddsToAnEndedRun(t *testing.T) {
	s := newStore(t)
	w := createRun(t, s, info("simclr", "resnet8", 1))
	check(t, w.Finish(t.Context(), Finished, nil))
	before, err := s.Run(t.Context(), w.ID)
	check(t, err)
	appended, err := s.AppendRun(t.Context(), w.ID)
	check(t, err)
	check(t, appended.AddEvaluations(t.Context(), 5, knn, map[string]float64{"top1": 0.25}))
	check(t, appended.Close(t.Context()))
	if err := appended.Finish(t.Context(), Failed, nil); err == nil ||
		!strings.Contains(err.Error(), "its end is recorded already") {
		t.Errorf("ending it again gives %v", err)
	}
	after, err := s.Run(t.Context(), w.ID)
	check(t, err)
	if diff := cmp.Diff(before, after, cmpopts.IgnoreUnexported(Run{})); diff != "" {
		t.Errorf("the run was changed (-before +after)\n%s", diff)
	}
	evaluations, err := s.Evaluations(t.Context(), w.ID)
	check(t, err)
	want := []Evaluation{{knn.String(), "knn", "top1", 5, 0.25}}
	if diff := cmp.Diff(want, evaluations); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

package web

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/kontrast-ml/kontrast/internal/experiment"
	"github.com/kontrast-ml/kontrast/internal/store"
	"github.com/kontrast-ml/kontrast/internal/sweep"
)

// queueStub is a queue whose states a test sets.
type queueStub struct {
	mu    sync.Mutex
	jobs  []sweep.Job
	broke bool
}

func (q *queueStub) set(state sweep.State, step int64, broke bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.jobs[0].State, q.jobs[0].At.Step, q.broke = state, step, broke
}

func (q *queueStub) Summaries(ctx context.Context, _ string) ([]sweep.Summary, error) {
	p, err := q.Progress(ctx, "far", 0)
	return []sweep.Summary{p.Summary}, err
}

func (q *queueStub) Progress(_ context.Context, study string, _ int) (p sweep.Progress, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.broke {
		return p, errors.New("queue postgres://x: the <b>connection is refused")
	}
	p.Study, p.Counts = "far", map[sweep.State]int{}
	for _, job := range q.jobs {
		p.Counts[job.State]++
	}
	if study == "far" {
		p.Jobs = append(p.Jobs, q.jobs...)
	}
	return p, nil
}

func TestAPageFollowsASweep(t *testing.T) {
	database := filepath.Join(t.TempDir(), "experiments.db")
	s, err := store.Open(t.Context(), database, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	task := func(seed uint64) sweep.Args {
		return sweep.Args{Task: experiment.Task{
			Study: "far", Method: "<i>simclr", Backbone: "resnet8", Dataset: "shapes", Seed: seed,
			UUID: "u" + string(rune('0'+seed)),
		}}
	}
	queue := &queueStub{jobs: []sweep.Job{
		{Args: task(1), State: sweep.Working, Attempts: 2, Worker: "host-7", At: sweep.Position{Step: 3, Steps: 12}},
		{Args: task(2), State: sweep.Failed, Attempts: 3, Worker: "host-8", Error: "the loss is <b>no longer finite"},
		{Args: task(3), State: sweep.Waiting},
	}}
	server := httptest.NewServer((&Server{Store: s, Queue: queue, RiverUI: http.NotFoundHandler()}).Handler())
	t.Cleanup(func() { server.CloseClientConnections(); server.Close(); s.Close() }) // after the tab, which may still ask
	b := openTab(t, server.URL)
	b.open(server.URL + "/")
	b.Wait(`document.querySelectorAll("#sweeps tbody tr").length === 1`)
	if row := value[string](b, `document.querySelector("#sweeps tbody").textContent`); row !=
		"far0 of 3 done, 1 running, 1 waiting, 1 failed" {
		t.Errorf("the overview says %s", row)
	}
	b.shootAll("page-overview-sweeps")
	b.Script(`document.querySelector("#sweeps tbody a").click()`)
	says := func(want ...string) {
		t.Helper()
		for _, text := range want {
			b.Wait(`document.getElementById("jobs") && document.getElementById("jobs").textContent.includes("` + text + `")`)
		}
	}
	says("<i>simclr on resnet8, shapes1running step 3 of 12host-72", "failedhost-83the loss is <b>no longer finite", "waiting")
	b.shootAll("page-sweep")
	queue.set(sweep.Working, 7, false)
	says("step 7 of 12")
	queue.set(sweep.Done, 12, true) // the database of the queue restarts
	b.Wait(`document.getElementById("status").textContent.includes("connection is refused")`)
	b.Forget()
	queue.set(sweep.Done, 12, false)
	says("donenot collected yet")
	run, err := s.CreateRun(t.Context(), store.RunInfo{Study: "far", Method: "simclr", Backbone: "resnet8", Dataset: "shapes",
		Config: []byte("{}"), ConfigHash: "a", UUID: "u1"})
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Finish(t.Context(), store.Finished, nil); err != nil {
		t.Fatal(err)
	}
	says("collected as " + run.Name)
	b.open(server.URL + "/sweep/nothing")
	if text := value[string](b, `document.querySelector(".problem").textContent`); !strings.Contains(text, "no runs of study nothing") {
		t.Errorf("a study that is not in the queue: %s", text)
	}
	b.Forget()
}

func TestWithoutAQueueThereAreNoSweeps(t *testing.T) {
	url := serving(t, recorded(t))
	b := openTab(t, url)
	b.open(url + "/")
	if value[bool](b, `fetch("/api/sweeps").then((r) => r.json()).then((x) => x !== null || !document.getElementById("sweeps").hidden)`) {
		t.Error("the overview shows sweeps")
	}
	b.open(url + "/sweep/s")
	if text := value[string](b, `document.querySelector(".problem").textContent`); !strings.Contains(text, "kontrast serve --queue") {
		t.Errorf("the page of a sweep says %s", text)
	}
	b.Forget()
}

package web

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/kontrast-ml/kontrast/internal/app"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// serving serves a database, and returns the address.
func serving(t *testing.T, database string) string {
	t.Helper()
	s, err := store.Open(t.Context(), database, store.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	catalog, err := app.NewCatalog(app.Extensions{})
	if err != nil {
		t.Fatal(err)
	}
	ask := func(ctx context.Context, statement string, limits store.Limits) (*store.Rows, error) {
		return store.Query(ctx, database, statement, limits)
	}
	server := httptest.NewServer(
		(&Server{
			Store: s, Ask: ask, Catalog: catalog, Poll: 100 * time.Millisecond, Log: logOf(t, database), Draw: drawStub,
		}).Handler(),
	)
	t.Cleanup(func() { server.CloseClientConnections(); server.Close(); s.Close() })
	return server.URL
}

// drawStub draws a circle, and knows no positions.
func drawStub(_ context.Context, kind string, runs []string, theme string) (string, error) {
	if kind == "positions" {
		return "", fmt.Errorf("run %s has no <b>positions</b>", runs[0])
	}
	return `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><circle cx="20" cy="20" r="15"/><desc>` + kind +
		strings.Join(runs, " ") + theme + `</desc></svg>`, nil
}

// draws asks for a figure of a network, and for one that can't be drawn.
func (b *tab) draws(run int64) {
	b.Helper()
	b.Script(`document.querySelector('[data-draw="embedding"]').click()`)
	b.Wait(`(document.querySelector("#networks img.drawing") || {}).naturalWidth === 40`)
	source := value[string](b, `decodeURIComponent(document.querySelector("#networks img.drawing").src)`)
	if !strings.Contains(source, fmt.Sprintf("embedding%dlight", run)) {
		b.Errorf("drawn: %s", source)
	}
	for _, bad := range []string{"positions?run=%d&theme=light", "positions?run=%d&theme=pink",
		"embedding?run=nobody%d&theme=dark", "neighbors?run=%d&theme=dark", "rm?run=%d&theme=dark"} {
		bad = fmt.Sprintf(bad, run)
		status := value[int](b, `fetch("/api/draw/`+bad+`").then((r) => r.status)`)
		if status < 400 || status == 500 {
			b.Errorf("%s: status %d", bad, status)
		}
	}
	b.Forget() // the browser logs the refusals
}

// lookedAt is the run of the recorded studies that the tests look at; other databases have none.
func lookedAt(t *testing.T, database string) (id int64, name string) {
	t.Helper()
	found, err := store.Query(t.Context(), database,
		"SELECT id, name FROM runs WHERE study = 'cifar10' AND method = 'barlowtwins' ORDER BY seed LIMIT 1", store.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if len(found.Values) == 0 {
		return 0, "none"
	}
	return found.Values[0][0].(int64), found.Values[0][1].(string)
}

// logOf writes a log with lines of the run that the tests look at.
func logOf(t *testing.T, database string) string {
	t.Helper()
	_, name := lookedAt(t, database)
	path := filepath.Join(t.TempDir(), "kontrast.log")
	text := strings.ReplaceAll(`{"level":"info","ts":"2026-01-02T03:04:05.000Z","msg":"run begins","run":"RUN"}
{"level":"warn","ts":"2026-01-02T03:04:06.000Z","msg":"of another","run":"another"}
no JSON
{"level":"info","ts":"2026-01-02T03:04:07.000Z","msg":"run ends","run":"RUN","status":"<b>finished"}
`, "RUN", name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// compares ticks runs and studies on the overview, and compares them.
func (b *tab) compares(url, database string) {
	b.Helper()
	b.open(url + "/")
	b.Script(
		`for (const box of [...document.querySelectorAll("#runs input[type=checkbox]")].slice(0, 3)) box.click(); document.getElementById("compare-runs").click()`,
	)
	b.Wait(`location.pathname === "/compare" && document.querySelectorAll("#curves svg").length > 0`)
	b.everyNumber()
	if n := b.numbers(database); n < 12 {
		b.Errorf("only %d numbers of compared runs", n)
	}
	b.figures(database)
	b.shootAll("page-compare-runs")
	b.open(url + "/compare?again#studies=default~cifar10")
	b.Wait(
		`document.querySelectorAll("#scores tbody tr").length > 3 && document.querySelectorAll("#differences tbody tr").length > 3`,
	)
	if n := b.numbers(database); n < 8 {
		b.Errorf("only %d numbers of compared studies", n)
	}
	b.shootAll("page-compare-studies")
	b.open(url + "/compare?none")
	b.Wait(`document.getElementById("main").textContent.includes("Tick runs or studies")`)
}

func (b *tab) open(url string) {
	b.Helper()
	b.Do(chromedp.Navigate(url))
	b.Wait(`document.getElementById("main").dataset.ready`)
}

func TestPagesOfRecordedStudies(t *testing.T) {
	database := recorded(t)
	url := serving(t, database)
	b := openTab(t, url)
	b.Look(1400, 900, "light")
	b.open(url + "/")
	if n := value[int](b, `document.querySelectorAll("#studies tbody tr").length`); n < 3 {
		t.Errorf("%d studies", n)
	}
	newest, err := store.Query(b.Context(), database,
		"SELECT study FROM runs WHERE study <> '' ORDER BY started DESC LIMIT 1", store.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if href, want := value[string](b, `document.querySelector("#studies tbody a").getAttribute("href")`),
		fmt.Sprint("/study/", newest.Values[0][0]); href != want {
		t.Errorf("the first study leads to %s, the one last trained to %s", href, want)
	}
	b.everyNumber()
	if n := b.numbers(database); n < 100 {
		t.Errorf("only %d numbers of runs", n)
	}
	b.shootAll("page-overview")
	b.open(url + "/study/default")
	b.Wait(
		`document.querySelectorAll("#curves table tbody tr").length > 0 && document.querySelectorAll("#disagree table").length > 0`,
	)
	if n := b.numbers(database); n < 30 {
		t.Errorf("only %d numbers", n)
	}
	b.Shoot("page-study")
	run, _ := lookedAt(t, database)
	b.open(fmt.Sprintf("%s/run/%d", url, run))
	if n := b.numbers(database); n < 4 {
		t.Errorf("only %d scores", n)
	}
	b.Wait(`document.querySelectorAll("#run-curves canvas").length >= 5`)
	b.Wait(`document.querySelector("#run-log table")`)
	if lines := value[string](b, `document.getElementById("run-log").textContent`); !strings.Contains(lines, "run ends") ||
		strings.Contains(lines, "of another") {
		t.Errorf("log: %s", lines)
	}
	b.everyNumber()
	b.draws(run)
	b.shootAll("page-run")
	b.compares(url, database)
	b.open(url + "/catalog")
	b.Wait(`document.querySelectorAll("#family svg text").length >= 72`)
	b.Script(`for (const d of document.querySelectorAll("details")) d.open = true`)
	b.Shoot("page-catalog")
	b.open(url + "/sql")
	b.Script(`document.getElementById("run-sql").click()`)
	b.Wait(`document.querySelectorAll("#query-result table tbody tr").length >= 6`)
	b.shootAll("page-sql")
	b.saves(url)
	b.Script(`document.getElementById("sql").value = "DELETE FROM runs"; document.getElementById("run-sql").click()`)
	b.Wait(
		`document.querySelector("#query-result .problem") && document.querySelector("#query-result .problem").textContent.includes("only SELECT")`,
	)
	b.Forget() // the browser logs the refusal
	b.open(url + "/study/nothing")
	b.Wait(`document.querySelector(".problem").textContent.includes("not found")`)
	b.Forget()
}

// saves keeps a query in the browser, finds it again and forgets it.
func (b *tab) saves(url string) {
	b.Helper()
	b.Script(
		`document.getElementById("sql").value = "SELECT 40 + 2"; document.getElementById("query-name").value = "<i>mine"; document.getElementById("save-query").click()`,
	)
	b.open(url + "/sql?again")
	b.choose("choose-example", "<i>mine")
	if got := value[string](b, `document.getElementById("sql").value`); got != "SELECT 40 + 2" {
		b.Errorf("the saved query is %q", got)
	}
	b.Script(`document.getElementById("forget-query").click()`)
	if left := value[int](b, `JSON.parse(localStorage.getItem("kontrast-queries")).length`); left != 0 {
		b.Errorf("%d queries are still saved", left)
	}
}

// TestExamplesRun runs every example query that the page offers.
func TestExamplesRun(t *testing.T) {
	database := recorded(t)
	judge(t, database, "default")
	url := serving(t, database)
	b := openTab(t, url)
	b.open(url + "/sql")
	for _, study := range []string{`""`, `"default"`} {
		for _, statement := range value[[]string](b, "K.examples("+study+").map(([, sql]) => sql)") {
			rows, err := store.Query(t.Context(), database, statement, store.Limits{})
			if err != nil || len(rows.Values) == 0 && !strings.Contains(statement, "alarms") {
				t.Errorf("%s\n%v", statement, err)
			}
		}
	}
}

func TestARunGrowsOnItsPage(t *testing.T) {
	database := t.TempDir() + "/experiments.db"
	s, err := store.Open(t.Context(), database, store.Options{FlushInterval: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	run, err := s.CreateRun(t.Context(), store.RunInfo{Study: "live", Method: "simclr", Backbone: "resnet8",
		Dataset: "shapes", Config: []byte("{}"), ConfigHash: "aa", Steps: 100})
	if err != nil {
		t.Fatal(err)
	}
	log := func(from, to int64) {
		for step := from; step <= to; step++ {
			if err := run.Log(t.Context(), step, "loss", 5/float64(step)); err != nil {
				t.Fatal(err)
			}
		}
	}
	log(1, 10)
	time.Sleep(200 * time.Millisecond)
	url := serving(t, database)
	b := openTab(t, url)
	b.open(fmt.Sprintf("%s/run/%d", url, run.ID))
	b.Wait(`document.getElementById("run-curves").textContent.includes("at step 10")`)
	log(11, 60)
	b.Wait(`document.getElementById("run-curves").textContent.includes("at step 60")`)
	b.Wait(`document.getElementById("run-state").textContent.includes("60 of 100")`)
	if err := run.Finish(t.Context(), store.Finished, nil); err != nil {
		t.Fatal(err)
	}
	b.Wait(`document.getElementById("run-state").textContent.includes("finished")`)
}

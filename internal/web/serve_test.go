package web

import (
	"context"
	"fmt"
	"net/http/httptest"
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
	server := httptest.NewServer((&Server{Store: s, Ask: ask, Catalog: catalog, Poll: 100 * time.Millisecond}).Handler())
	t.Cleanup(func() { server.CloseClientConnections(); server.Close(); s.Close() })
	return server.URL
}

func (b *tab) open(url string) {
	b.Helper()
	b.do(chromedp.Navigate(url))
	b.wait(`document.getElementById("main").dataset.ready`)
}

func TestPagesOfRecordedStudies(t *testing.T) {
	database := recorded(t)
	url := serving(t, database)
	b := openTab(t, url)
	b.look(1400, 900, "light")
	b.open(url + "/")
	if n := value[int](b, `document.querySelectorAll("#studies tbody tr").length`); n < 3 {
		t.Errorf("%d studies", n)
	}
	if href := value[string](b, `document.querySelector("#studies tbody a").getAttribute("href")`); href != "/study/cifar10" {
		t.Errorf("the first study leads to %s", href)
	}
	b.shootAll("page-overview")
	b.open(url + "/study/default")
	b.wait(`document.querySelectorAll("#curves table tbody tr").length > 0 && document.querySelectorAll("#disagree table").length > 0`)
	if n := b.numbers(database); n < 30 {
		t.Errorf("only %d numbers", n)
	}
	b.shoot("page-study")
	b.open(url + "/run/75")
	if n := b.numbers(database); n < 4 {
		t.Errorf("only %d scores", n)
	}
	b.wait(`document.querySelectorAll("#run-curves canvas").length >= 5`)
	b.shootAll("page-run")
	b.open(url + "/catalog")
	b.run(`for (const d of document.querySelectorAll("details")) d.open = true`)
	b.shoot("page-catalog")
	b.open(url + "/sql")
	b.run(`document.getElementById("run-sql").click()`)
	b.wait(`document.querySelectorAll("#query-result table tbody tr").length >= 6`)
	b.shootAll("page-sql")
	b.run(`document.getElementById("sql").value = "DELETE FROM runs"; document.getElementById("run-sql").click()`)
	b.wait(`document.querySelector("#query-result .problem") && document.querySelector("#query-result .problem").textContent.includes("only SELECT")`)
	b.mu.Lock()
	b.problems = nil // the browser logs the refusal
	b.mu.Unlock()
	b.open(url + "/study/nothing")
	b.wait(`document.querySelector(".problem").textContent.includes("not found")`)
	b.mu.Lock()
	b.problems = nil
	b.mu.Unlock()
}

func TestARunGrowsOnItsPage(t *testing.T) {
	database := t.TempDir() + "/experiments.db"
	s, err := store.Open(t.Context(), database, store.Options{FlushInterval: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	run, err := s.CreateRun(t.Context(), store.RunInfo{Study: "live", Method: "simclr", Backbone: "resnet8", Dataset: "shapes", Config: []byte("{}"), ConfigHash: "aa", Steps: 100})
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
	b.wait(`document.getElementById("run-curves").textContent.includes("at step 10")`)
	log(11, 60)
	b.wait(`document.getElementById("run-curves").textContent.includes("at step 60")`)
	b.wait(`document.getElementById("run-state").textContent.includes("60 of 100")`)
	if err := run.Finish(t.Context(), store.Finished, nil); err != nil {
		t.Fatal(err)
	}
	b.wait(`document.getElementById("run-state").textContent.includes("finished")`)
}

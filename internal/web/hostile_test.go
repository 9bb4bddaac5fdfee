package web

import (
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/kontrast-ml/kontrast/internal/store"
)

// hostile tries to be more than text in each way that a page knows.
const hostile = `</script><script>globalThis.hit=1</script><img src=x onerror="globalThis.hit=2">'"` +
	"`${globalThis.hit=3}`\x1b[31m\u202egpj.\u2066&lt;{{.}}%3Cb%3E"

func TestHostileTextIsText(t *testing.T) {
	database := filepath.Join(t.TempDir(), "experiments.db")
	s, err := store.Open(t.Context(), database, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		w, err := s.CreateRun(t.Context(), store.RunInfo{Study: hostile, Method: fmt.Sprint(hostile, i/2), Backbone: hostile,
			Dataset: hostile, Seed: uint64(i), Host: hostile, Engine: hostile,
			ConfigHash: hostile, Config: []byte(`{"method": {"name": "x"}}`), MethodModule: hostile,
			Versions: map[string]string{hostile: hostile}})
		if err != nil {
			t.Fatal(err)
		}
		protocol := store.Protocol{Kind: hostile, TestSplit: hostile, Details: map[string]string{hostile: hostile}}
		status := []store.Status{store.Finished, store.Finished, store.Failed}[i]
		if i == 1 {
			status = store.Finished
		}
		for _, problem := range []error{
			w.Log(t.Context(), 1, hostile, 1), w.Log(t.Context(), 2, hostile, 2),
			w.AddEvaluations(t.Context(), 2, protocol, map[string]float64{hostile: 0.5 + float64(i)/10}),
			w.AddAlarm(t.Context(), 1, hostile, hostile), w.Finish(t.Context(), status, fmt.Errorf("%s", hostile)),
		} {
			if problem != nil {
				t.Fatal(problem)
			}
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	report, _ := writeReport(t, database, hostile, ReportOptions{})
	b := openTab(t, report)
	b.Do(chromedp.Navigate(report))
	b.Wait(`document.querySelectorAll("#protocol table").length > 0`)
	b.isText()
	if n := b.numbers(database); n < 3 {
		t.Errorf("only %d numbers", n)
	}
	b.Check()

	at := serving(t, database)
	b = openTab(t, at)
	for _, path := range []string{"/", "/study/" + url.PathEscape(hostile), "/run/1", "/run/3", "/compare?1#runs=1~3",
		"/compare?2#studies=" + url.QueryEscape(hostile)} {
		b.open(at + path)
		b.isText()
		b.Check()
	}
}

func (b *tab) isText() {
	b.Helper()
	if hit := value[bool](b,
		`globalThis.hit !== undefined || document.querySelector("main img, main script") !== null`); hit {
		b.Error("a text was read as HTML")
	}
	shown := value[string](b, `document.getElementById("main").textContent`)
	if !strings.Contains(shown, "</script><script>globalThis.hit=1</script>") {
		b.Errorf("the text does not show: %.300s", shown)
	}
	if strings.ContainsAny(shown, "\x1b\u202e\u2066") {
		b.Error("the page shows what turns the direction of writing")
	}
}

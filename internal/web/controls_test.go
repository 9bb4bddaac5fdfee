package web

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/kontrast-ml/kontrast/internal/store"
)

// choose sets a select element as a reader does.
func (b *tab) choose(id, option string) {
	b.Helper()
	b.Script(`const s = document.getElementById("` + id + `"); const o = [...s.options].find((o) => o.textContent === ` +
		quoteJS(option) + `); s.value = o.value; s.dispatchEvent(new Event("change"))`)
}

func quoteJS(text string) string { return "'" + strings.ReplaceAll(text, "'", "\\'") + "'" }

// TestControlsOfTheReport uses every control, and compares the numbers with
// their SQL after each.
func TestControlsOfTheReport(t *testing.T) {
	database := recorded(t)
	url, size := writeReport(t, database, "default", ReportOptions{SQL: true})
	if size > 5<<20 {
		t.Errorf("%d bytes", size)
	}
	b := openTab(t, url)
	b.Look(1400, 900, "light")
	b.Do(chromedp.Navigate(url))
	settled := func() {
		t.Helper()
		b.Wait(
			`document.querySelectorAll("#curves table tbody tr").length > 0 && document.querySelectorAll("#disagree table").length > 0`,
		)
		if n := b.numbers(database); n < 15 {
			t.Errorf("only %d numbers", n)
		}
		b.everyNumber()
		b.figures(database)
	}
	settled()
	first := func() string { return value[string](b, `document.querySelector("#ranking tbody td").textContent`) }
	linear := first()
	b.choose("choose-protocol", "knn")
	settled()
	if first() == linear {
		t.Error("another evaluation shows the same numbers")
	}
	b.choose("choose-baseline", "simclr")
	settled()
	if heading := value[string](b, `document.querySelector("#ranking thead").textContent`); !strings.Contains(heading,
		"over simclr") {
		t.Errorf("heading %q", heading)
	}
	b.Script(`document.querySelector('input[name="hide"][value="mocov2"]').click()`)
	settled()
	if table := value[string](b, `document.querySelector("#ranking tbody").textContent`); strings.Contains(table,
		"mocov2") {
		t.Errorf("mocov2 still shows: %s", table)
	}
	before := first()
	for seed := 2; seed <= 5; seed++ {
		b.Script(fmt.Sprintf(`document.querySelector('input[name="off"][value="%d"]').click()`, seed))
		settled()
	}
	if after := first(); after == before || strings.Contains(after, "±") {
		t.Errorf("with one seed the first score is %q, before it was %q", after, before)
	}
	b.choose("choose-curve", "alignment")
	settled()
	b.Script(`document.getElementById("log").click()`)
	settled()
	b.choose("choose-first", "simclr")
	settled()

	// The address keeps the choices.
	b.Script(`document.getElementById("theme").click()`)
	hash := value[string](b, "location.hash")
	for _, part := range []string{"protocol=knn", "baseline=simclr", "hide=mocov2", "off=2", "curve=alignment", "log=1",
		"first=simclr", "theme=dark"} {
		if !strings.Contains(hash, part) {
			t.Errorf("the address %s lacks %s", hash, part)
		}
	}
	kept := first()
	b.Do(chromedp.Navigate("about:blank"), chromedp.Navigate(url+hash))
	settled()
	if got := first(); got != kept {
		t.Errorf("opened again the address shows %q, before it was %q", got, kept)
	}
	if theme := value[string](b, "document.documentElement.dataset.theme"); theme != "dark" {
		t.Errorf("theme %q", theme)
	}

	// Numbers tell their SQL, by keyboard too.
	b.Script(`document.querySelector("#ranking button.number").focus()`)
	b.Do(chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.Enter))
	if sql := value[string](b, `document.querySelector("dialog[open] pre").textContent`); !strings.Contains(sql,
		"SELECT") {
		t.Errorf("the dialog shows %q", sql)
	}
	b.Do(chromedp.KeyEvent(kb.Escape))
	b.Wait(`!document.querySelector("dialog[open]")`)

	// What copies.
	b.Script(`globalThis.copied = []; Object.defineProperty(navigator, "clipboard", {value: {writeText: async (text) => { copied.push(text); }}, configurable: true});
		for (const button of document.querySelectorAll("#ranking .tools button:not([data-figure-sql])")) button.click();`)
	b.Wait("copied.length === 3")
	for i, want := range []string{"<svg", "method,", `\begin{tabular}`} {
		if got := value[string](b, "copied["+string(rune('0'+i))+"]"); !strings.Contains(got, want) {
			t.Errorf("copied %.80q, want %q", got, want)
		}
	}

	// SQLite in the file gives the same numbers as the database.
	b.Script(
		`document.getElementById("sql").value = "SELECT round(mean, 9) FROM seed_summary WHERE kind = 'linear' AND metric = 'top1' AND rank = 1"; document.getElementById("run-sql").click()`,
	)
	b.Wait(`document.querySelectorAll("#query-result tbody tr").length === 1`)
	rows, err := store.Query(t.Context(), database,
		"SELECT round(mean, 9) FROM seed_summary WHERE study = 'default' AND kind = 'linear' AND metric = 'top1' AND rank = 1", store.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprint(rows.Values[0][0])
	if mean := value[string](b, `document.querySelector("#query-result tbody").textContent`); mean != want {
		t.Errorf("SQLite in the report says %q, want %s", mean, want)
	}
	b.Script(
		`const a = document.getElementById("sql"); a.value = "SELECT * FROM lear"; a.setSelectionRange(18, 18); a.focus()`,
	)
	b.Do(chromedp.KeyEvent(" ", chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	b.Wait(`document.querySelectorAll("#completions button").length >= 1`)
	b.Do(chromedp.KeyEvent(kb.Enter))
	if got := value[string](b, `document.getElementById("sql").value`); got != "SELECT * FROM learning_curves" {
		t.Errorf("completed to %q", got)
	}
}

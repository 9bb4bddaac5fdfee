package web

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/kontrast-ml/kontrast/internal/browsertest"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// tab is a page in a real browser, with what the tests know of the pages.
type tab struct{ *browsertest.Tab }

func openTab(t *testing.T, allowed string) *tab {
	t.Helper()
	return &tab{browsertest.Open(t, allowed)}
}

// value evaluates an expression of JavaScript, and waits for a promise.
func value[T any](b *tab, expression string) T {
	b.Helper()
	return browsertest.Value[T](b.Tab, expression)
}

// shootAll checks the page at 400 and 1,400 pixels, light and dark: nothing
// may reach beyond the window, no cell of a table may be squeezed to single
// letters, and axe-core may find nothing.
func (b *tab) shootAll(name string) {
	b.Helper()
	axe, err := os.ReadFile(filepath.Join("testdata", "axe.min.js"))
	if err != nil {
		b.Fatal(err)
	}
	for _, width := range []int64{400, 1400} {
		for _, theme := range []string{"light", "dark"} {
			b.Look(width, 900, theme)
			b.Script("await new Promise((done) => setTimeout(done, 300))")
			b.Shoot(fmt.Sprintf("%s-%d-%s", name, width, theme))
			if wide := value[int64](b, "document.documentElement.scrollWidth"); wide > width {
				b.Errorf("%s at %d pixels is %d wide: %s",
					name, width, wide,
					value[string](b,
						`[...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".scroll")).slice(0, 4).map((e) => e.tagName + "." + e.className + "#" + e.id).join(" ")`))
			}
			if squeezed := value[string](b,
				`[...document.querySelectorAll("th, td")].filter((e) => e.textContent.length > 2 && !e.closest(".stack thead") && e.offsetHeight > 40 && e.offsetWidth < 30).slice(0, 4).map((e) => e.textContent).join(" | ")`); squeezed != "" {
				b.Errorf("%s at %d pixels squeezes %s", name, width, squeezed)
			}
			if (width == 400) != (theme == "dark") {
				continue // axe-core takes seconds
			}
			if _, err := chromedp.Run(b.Page, chromedp.Evaluate[any](string(axe)+"; 1")); err != nil {
				b.Fatal(err)
			}
			found := value[string](b,
				`axe.run(document, {resultTypes: ["violations"]}).then((r) => r.violations.map((v) => v.id + ": " + v.help + ": " + v.nodes.slice(0, 3).map((n) => n.target.join(" ") + " " + (n.any[0] ? n.any[0].message : "")).join(" | ")).join("\n"))`)
			if found != "" {
				b.Errorf("%s, %d pixels, %s: axe-core finds:\n%s", name, width, theme, found)
			}
		}
	}
	b.Look(1400, 900, "light")
}

// numbers compares every number that is shown with the result of its SQL.
func (b *tab) numbers(database string) int {
	b.Helper()
	type shown struct{ Text, SQL, Values string }
	all := value[[]shown](b,
		`[...document.querySelectorAll("[data-sql]")].map((e) => ({Text: e.textContent, SQL: e.dataset.sql, Values: e.dataset.values}))`)
	results := map[string]*store.Rows{}
	for _, number := range all {
		rows := results[number.SQL]
		if rows == nil {
			var err error
			if rows, err = store.Query(b.Context(), database, number.SQL, store.Limits{}); err != nil {
				b.Errorf("the SQL of %q: %v\n%s", number.Text, err, number.SQL)
				continue
			}
			results[number.SQL] = rows
		}
		var values map[string]*float64
		if err := json.Unmarshal([]byte(number.Values), &values); err != nil {
			b.Fatalf("values %s: %v", number.Values, err)
		}
		if len(rows.Values) != 1 {
			b.Errorf("the SQL of %q gives %d rows\n%s", number.Text, len(rows.Values), number.SQL)
			continue
		}
		for column, want := range values {
			b.compare(number.Text, number.SQL, column, want, rows)
		}
	}
	return len(all)
}

// everyNumber checks that no number stands in a table without its SQL.
func (b *tab) everyNumber() {
	b.Helper()
	bare := value[[]string](b,
		`[...document.querySelectorAll("main tbody td, main tbody th")].filter((cell) => !cell.closest("#query-result") && !cell.querySelector("button.number") && /^[−+-]?\d[\d.,]*( ?[%a-z±].*)?$/.test(cell.textContent.trim()) && !/^[\da-f]{40}$/.test(cell.textContent.trim()))
		.map((cell) => cell.closest("section").id + ": " + cell.textContent)`)
	for _, cell := range bare {
		b.Errorf("a number without its SQL: %s", cell)
	}
}

// figures runs the SQL of every figure, and compares what it gives with what is drawn.
func (b *tab) figures(database string) int {
	b.Helper()
	type shown struct{ SQL, Rows string }
	all := value[[]shown](b,
		`[...document.querySelectorAll("[data-figure-sql]")].map((e) => ({SQL: e.dataset.figureSql, Rows: e.dataset.rows || ""}))`)
	for _, figure := range all {
		rows, err := store.Query(b.Context(), database, figure.SQL, store.Limits{Rows: 1_000_000})
		if err != nil {
			b.Errorf("the SQL of a figure: %v\n%s", err, figure.SQL)
			continue
		}
		if figure.Rows == "" {
			if len(rows.Values) == 0 {
				b.Errorf("the SQL of a figure gives nothing\n%s", figure.SQL)
			}
			continue
		}
		var drawn [][]float64
		if err := json.Unmarshal([]byte(figure.Rows), &drawn); err != nil {
			b.Fatal(err)
		}
		if len(drawn) != len(rows.Values) || len(drawn) == 0 {
			b.Errorf("a figure draws %d rows, its SQL gives %d\n%s", len(drawn), len(rows.Values), figure.SQL)
			continue
		}
		for i, row := range drawn {
			for j, want := range row {
				if got, isNumber := asFloat(rows.Values[i][j]); !isNumber || !close(got, want) {
					b.Errorf("a figure draws %v in row %d, its SQL gives %v\n%s", want, i, rows.Values[i][j], figure.SQL)
				}
			}
		}
	}
	return len(all)
}

func (b *tab) compare(text, sql, column string, want *float64, rows *store.Rows) {
	b.Helper()
	for i, name := range rows.Columns {
		if name != column {
			continue
		}
		got, isNumber := asFloat(rows.Values[0][i])
		if want == nil && rows.Values[0][i] == nil {
			return
		}
		if want == nil || !isNumber || !close(got, *want) {
			b.Errorf("%q shows %s = %v, its SQL gives %v\n%s", text, column, deref(want), rows.Values[0][i], sql)
		}
		return
	}
	b.Errorf("the SQL of %q has no column %s\n%s", text, column, sql)
}

func deref(x *float64) any {
	if x == nil {
		return nil
	}
	return *x
}

func asFloat(cell any) (float64, bool) {
	switch cell := cell.(type) {
	case float64:
		return cell, true
	case int64:
		return float64(cell), true
	}
	return 0, false
}

// close allows for the order of sums, and for what curves round.
func close(a, b float64) bool {
	size := max(abs(a), abs(b))
	return abs(a-b) <= 1e-5*size+1e-9
}

func abs(x float64) float64 { return max(x, -x) }

// recorded copies the database of recorded comparisons.
func recorded(t *testing.T) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "..", "experiments.db"))
	path := filepath.Join(t.TempDir(), "experiments.db")
	if err == nil {
		err = os.WriteFile(path, content, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

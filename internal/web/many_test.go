package web

import (
	"database/sql"
	"flag"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/kontrast-ml/kontrast/internal/app"
	"github.com/kontrast-ml/kontrast/internal/baseline"
	"github.com/kontrast-ml/kontrast/internal/store"
)

var manyPath = flag.String("many", "", "where TestManyMethods leaves its database; empty for a folder that is removed")

// manyMethods records a study of all methods and baselines, with 5 seeds each,
// scores of factors and of other data sets, and curves.
func manyMethods(t *testing.T, path string) (methods []string) {
	t.Helper()
	catalog, err := app.NewCatalog(app.Extensions{})
	if err != nil {
		t.Fatal(err)
	}
	methods = append(catalog.Methods.Names(), baseline.Names()...)
	s, err := store.Open(t.Context(), path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	bigStudy(t, s, "many", methods, bigSamples, true)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	multiply(t, path, 1, 250)
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, statement := range []string{
		"DELETE FROM metrics WHERE run IN (SELECT id FROM runs WHERE method IN ('untrained', 'pixels', 'pixels-pca'))",
		// Losses of the methods are on scales of their own.
		"UPDATE metrics SET value = value * (1 + run / 5 % 7) + run / 5 % 3 WHERE name = 'loss'",
	} {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	return methods
}

// TestManyMethods looks at the report of a study of all methods: no text of its
// figures lies on another.
func TestManyMethods(t *testing.T) {
	database := *manyPath
	if database == "" {
		database = filepath.Join(t.TempDir(), "experiments.db")
	}
	methods := manyMethods(t, database)
	judge(t, database, "many")
	url, size := writeReport(t, database, "many", ReportOptions{SQL: true})
	t.Logf("%d methods, %d bytes", len(methods), size)
	b := openTab(t, url)
	b.Look(1400, 900, "light")
	b.Do(chromedp.Navigate(url))
	b.Wait(`document.querySelectorAll("#curves table tbody tr").length > 0`)
	if n := value[int](b, `document.querySelectorAll("#duels tbody tr").length`); n != len(methods) {
		t.Errorf("who beats whom has %d rows, want %d", n, len(methods))
	}
	b.apart("1400 pixels")
	b.Shoot("many-1400")
	b.Look(400, 900, "light")
	b.Script("await new Promise((done) => setTimeout(done, 300))")
	b.apart("400 pixels")
	b.Shoot("many-400")
}

// apart checks that no two level texts of a figure lie on each other.
func (b *tab) apart(what string) {
	b.Helper()
	found := value[[]string](b, `[...document.querySelectorAll("figure.plot svg")].flatMap((svg) => {
		const texts = [...svg.querySelectorAll("text")].filter((t) => t.textContent && !/rotate/.test(t.getAttribute("transform") || "")).map((t) => [t, t.getBoundingClientRect()]).filter(([, r]) => r.width > 0);
		return texts.flatMap(([t, r], i) => texts.slice(i + 1).filter(([, o]) => Math.min(r.right, o.right) - Math.max(r.left, o.left) > 2 && Math.min(r.bottom, o.bottom) - Math.max(r.top, o.top) > 4)
			.map(([o]) => (svg.closest("section") || {}).id + ": " + t.textContent + " / " + o.textContent));
	})`)
	for i, pair := range found {
		if i == 12 {
			b.Errorf("%s: and %d more", what, len(found)-i)
			break
		}
		b.Errorf("%s: texts lie on each other: %s", what, pair)
	}
}

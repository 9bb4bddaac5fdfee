package web

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/kontrast-ml/kontrast/internal/compare"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// forgetVerdicts deletes the verdicts of a study.
func forgetVerdicts(t *testing.T, database, study string) {
	t.Helper()
	db, err := sql.Open("sqlite3", database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), "DELETE FROM comparisons WHERE study = ?", study); err != nil {
		t.Fatal(err)
	}
}

// writeReport writes the report of a study of that database, and returns its address.
func writeReport(t *testing.T, database, study string, o ReportOptions) (url string, bytes int64) {
	t.Helper()
	s, err := store.Open(t.Context(), database, store.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	path := filepath.Join(t.TempDir(), "report.html")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := WriteReport(t.Context(), file, s, study, o); err != nil {
		t.Fatal(err)
	}
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	return "file://" + path, info.Size()
}

// judge records the verdicts of a study.
func judge(t *testing.T, database, study string) {
	t.Helper()
	s, err := store.Open(t.Context(), database, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := compare.Record(
		t.Context(), s, study, compare.Options{Baseline: "untrained", Margin: compare.DefaultMargin},
	); err != nil {
		t.Fatal(err)
	}
}

func TestReportOfARecordedStudy(t *testing.T) {
	database := recorded(t)
	const study = "default"
	for name, verdicts := range map[string]func(t *testing.T, database, study string){
		"without-verdicts": forgetVerdicts, "with-verdicts": judge,
	} {
		t.Run(name, func(t *testing.T) {
			verdicts(t, database, study)
			url, _ := writeReport(t, database, study, ReportOptions{})
			b := openTab(t, url)
			b.Look(1400, 900, "light")
			b.Do(chromedp.Navigate(url))
			b.Wait(`document.querySelectorAll("#curves table tbody tr").length > 0`)
			b.Wait(`document.querySelectorAll("#ranking svg circle").length > 0`)
			if n := b.numbers(database); n < 30 {
				t.Errorf("only %d numbers", n)
			}
			b.everyNumber()
			if n := b.figures(database); n < 4 {
				t.Errorf("only %d figures", n)
			}
			b.clickThrough()
			b.shootAll("report-" + name)
		})
	}
}

// clickThrough clicks numbers of every table and the SQL of every figure, and
// checks that the dialog shows the statement that belongs to it: about 60 of
// them, since a dialog over a large page takes a while.
func (b *tab) clickThrough() {
	b.Helper()
	wrong := value[[]string](b,
		`[...document.querySelectorAll("main button.number, main [data-figure-sql]")].filter((button, i, all) => button.dataset.figureSql || i % Math.ceil(all.length / 60) === 0).filter((button) => {
		button.click();
		const dialog = document.querySelector("dialog[open]"), shown = dialog && dialog.querySelector("pre").textContent;
		if (dialog) dialog.close();
		return shown !== (button.dataset.sql || button.dataset.figureSql);
	}).map((button) => button.textContent)`)
	if len(wrong) > 0 {
		b.Errorf("%d buttons show another statement, such as %q", len(wrong), wrong[0])
	}
}

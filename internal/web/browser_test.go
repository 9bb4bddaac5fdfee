package web

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/kontrast-ml/kontrast/internal/store"
)

// needBrowser makes a missing browser a failure: CI sets it, and installs one.
const needBrowser = "KONTRAST_NEED_BROWSER"

// shots is the folder that screenshots are written to, for people to look at.
const shots = "KONTRAST_SCREENSHOTS"

// tab is a page in a real browser. It fails the test on any error that the
// page reports and on any request to elsewhere.
type tab struct {
	*testing.T
	ctx     context.Context
	allowed string // what addresses begin with

	mu       sync.Mutex
	problems []string
}

func openTab(t *testing.T, allowed string) *tab {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		if os.Getenv(needBrowser) != "" {
			t.Fatalf("no browser found, and %s is set; install Debian's chromium", needBrowser)
		}
		t.Skip("no browser: install Chromium to test the pages")
	}
	options := []chromedp.ExecAllocatorOption{chromedp.ExecPath(path), chromedp.Headless, chromedp.NoSandbox,
		chromedp.DisableGPU,
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.WSURLReadTimeout(time.Minute)}
	allocator, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	b := &tab{T: t, allowed: allowed}
	ctx, cancel := chromedp.NewContext(allocator, chromedp.WithListener(b.listen))
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 10*time.Minute)
	t.Cleanup(cancel)
	b.ctx = ctx
	b.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, network.Enable, network.EnableParams{})
		if err == nil {
			_, err = cdp.Call(ctx, target, log.Enable, cdp.Empty{})
		}
		return err
	}))
	t.Cleanup(b.check)
	return b
}

func (b *tab) listen(event any) {
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		if e.Type == "error" || e.Type == "warning" || e.Type == "assert" {
			b.problem("console %s: %s", e.Type, spoken(e.Args))
		}
	case *runtime.EventExceptionThrown:
		text := e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			text += " " + e.ExceptionDetails.Exception.Description
		}
		b.problem("exception: %s", text)
	case *log.EventEntryAdded:
		if e.Entry.Level == "error" || e.Entry.Level == "warning" {
			b.problem("log: %s %s", e.Entry.Text, e.Entry.URL)
		}
	case *network.EventRequestWillBeSent:
		if url := e.Request.URL; !strings.HasPrefix(url, b.allowed) && !strings.HasPrefix(url, "data:") &&
			url != "about:blank" {
			b.problem("request to elsewhere: %s", url)
		}
	}
}

func spoken(args []*runtime.RemoteObject) string {
	var words []string
	for _, arg := range args {
		words = append(words, string(arg.Value)+arg.Description)
	}
	return strings.Join(words, " ")
}

func (b *tab) problem(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.problems = append(b.problems, fmt.Sprintf(format, args...))
}

// check fails the test for what the page reported since the last check.
func (b *tab) check() {
	b.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	seen := map[string]int{}
	for _, problem := range b.problems {
		if seen[problem]++; seen[problem] == 1 {
			b.Errorf("%s", problem)
		}
	}
	b.problems = nil
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.Fatal(err)
	}
}

// value evaluates an expression of JavaScript, and waits for a promise.
func value[T any](b *tab, expression string) T {
	b.Helper()
	out, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.Fatalf("%s: %v", expression, err)
	}
	return out
}

// run runs statements of JavaScript.
func (b *tab) run(statements string) {
	b.Helper()
	value[bool](b, "(async () => {"+statements+"; return true; })()")
}

// wait waits until an expression is true.
func (b *tab) wait(expression string) {
	b.Helper()
	for range 200 {
		is, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool]("Boolean("+expression+")"))
		if is {
			return
		}
		if err != nil && !strings.Contains(err.Error(), "navigated") { // by what is waited for
			b.Fatalf("%s: %v", expression, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
	b.check()
	b.Fatalf("never became true: %s", expression)
}

// look sets the size of the window and the theme of the system.
func (b *tab) look(width, height int64, theme string) {
	b.Helper()
	b.do(chromedp.EmulateViewport(width, height), chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}},
		})
		return err
	}))
}

// shoot writes a screenshot, if a folder for them is named.
func (b *tab) shoot(name string) {
	b.Helper()
	folder := os.Getenv(shots)
	if folder == "" {
		return
	}
	image, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, name+".png"), image, 0o644)
	}
	if err != nil {
		b.Fatal(err)
	}
}

// shootAll checks the page at 400 and 1,400 pixels, light and dark: nothing
// may reach beyond the window, and axe-core may find nothing.
func (b *tab) shootAll(name string) {
	b.Helper()
	axe, err := os.ReadFile(filepath.Join("testdata", "axe.min.js"))
	if err != nil {
		b.Fatal(err)
	}
	for _, width := range []int64{400, 1400} {
		for _, theme := range []string{"light", "dark"} {
			b.look(width, 900, theme)
			b.run("await new Promise((done) => setTimeout(done, 300))")
			b.shoot(fmt.Sprintf("%s-%d-%s", name, width, theme))
			if wide := value[int64](b, "document.documentElement.scrollWidth"); wide > width {
				b.Errorf("%s at %d pixels is %d wide: %s",
					name, width, wide,
					value[string](b,
						`[...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".scroll")).slice(0, 4).map((e) => e.tagName + "." + e.className + "#" + e.id).join(" ")`))
			}
			if (width == 400) != (theme == "dark") {
				continue // axe-core takes seconds
			}
			if _, err := chromedp.Run(b.ctx, chromedp.Evaluate[any](string(axe)+"; 1")); err != nil {
				b.Fatal(err)
			}
			found := value[string](b,
				`axe.run(document, {resultTypes: ["violations"]}).then((r) => r.violations.map((v) => v.id + ": " + v.help + ": " + v.nodes.slice(0, 3).map((n) => n.target.join(" ") + " " + (n.any[0] ? n.any[0].message : "")).join(" | ")).join("\n"))`)
			if found != "" {
				b.Errorf("%s, %d pixels, %s: axe-core finds:\n%s", name, width, theme, found)
			}
		}
	}
	b.look(1400, 900, "light")
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
			if rows, err = store.Query(b.ctx, database, number.SQL, store.Limits{}); err != nil {
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
		`[...document.querySelectorAll("main tbody td, main tbody th")].filter((cell) => !cell.closest("#query-result") && !cell.querySelector("button.number") && /^[−+-]?\d[\d.,]*( ?[%a-z±].*)?$/.test(cell.textContent.trim()))
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
		rows, err := store.Query(b.ctx, database, figure.SQL, store.Limits{Rows: 1_000_000})
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

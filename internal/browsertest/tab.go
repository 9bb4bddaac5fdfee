// Package browsertest opens pages in a real browser for tests.
package browsertest

import (
	"context"
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
)

// Needed is the environment variable by which a test fails, rather than being
// skipped, where no browser is installed.
const Needed = "KONTRAST_NEED_BROWSER"

// Shots is the environment variable with the folder that screenshots are written to, for people to look at.
const Shots = "KONTRAST_SCREENSHOTS"

// Tab is a page in a real browser. It fails the test on any error that the
// page reports and on any request to elsewhere.
type Tab struct {
	*testing.T
	Page    context.Context // what steps of chromedp take
	Allowed string          // what addresses begin with

	mu       sync.Mutex
	problems []string
}

// Open opens a tab, or skips the test where there is no browser.
func Open(t *testing.T, allowed string) *Tab {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		if os.Getenv(Needed) != "" {
			t.Fatalf("no browser found, and %s is set; install Debian's chromium", Needed)
		}
		t.Skip("no browser: install Chromium to test the pages")
	}
	options := []chromedp.ExecAllocatorOption{chromedp.ExecPath(path), chromedp.Headless, chromedp.NoSandbox,
		chromedp.DisableGPU,
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.WSURLReadTimeout(time.Minute)}
	allocator, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	b := &Tab{T: t, Allowed: allowed}
	ctx, cancel := chromedp.NewContext(allocator, chromedp.WithListener(b.listen))
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 10*time.Minute)
	t.Cleanup(cancel)
	b.Page = ctx
	b.Do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, network.Enable, network.EnableParams{})
		if err == nil {
			_, err = cdp.Call(ctx, target, log.Enable, cdp.Empty{})
		}
		return err
	}))
	t.Cleanup(b.Check)
	return b
}

func (b *Tab) listen(event any) {
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
		if url := e.Request.URL; !strings.HasPrefix(url, b.Allowed) && !strings.HasPrefix(url, "data:") &&
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

func (b *Tab) problem(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.problems = append(b.problems, fmt.Sprintf(format, args...))
}

// Check fails the test for what the page reported since the last check.
func (b *Tab) Check() {
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

// Do takes steps of chromedp.
func (b *Tab) Do(steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	if err := chromedp.Do(b.Page, steps...); err != nil {
		b.Fatal(err)
	}
}

// Value evaluates an expression of JavaScript, and waits for a promise.
func Value[T any](b *Tab, expression string) T {
	b.Helper()
	out, err := chromedp.Run(b.Page, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.Fatalf("%s: %v", expression, err)
	}
	return out
}

// Script runs statements of JavaScript.
func (b *Tab) Script(statements string) {
	b.Helper()
	Value[bool](b, "(async () => {"+statements+"; return true; })()")
}

// patience is how many times Wait looks, each after a twentieth of a second.
const patience = 1200

// Wait waits until an expression is true.
func (b *Tab) Wait(expression string) {
	b.Helper()
	for range patience {
		is, err := chromedp.Run(b.Page, chromedp.Evaluate[bool]("Boolean("+expression+")"))
		if is {
			return
		}
		if err != nil && !strings.Contains(err.Error(), "navigated") { // by what is waited for
			b.Fatalf("%s: %v", expression, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
	b.Check()
	b.Fatalf("never became true: %s", expression)
}

// Look sets the size of the window and the theme of the system.
func (b *Tab) Look(width, height int64, theme string) {
	b.Helper()
	b.Do(chromedp.EmulateViewport(width, height), chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}},
		})
		return err
	}))
}

// Shoot writes a screenshot, if a folder for them is named.
func (b *Tab) Shoot(name string) {
	b.Helper()
	folder := os.Getenv(Shots)
	if folder == "" {
		return
	}
	image, err := chromedp.Run(b.Page, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, name+".png"), image, 0o644)
	}
	if err != nil {
		b.Fatal(err)
	}
}

// Forget drops what the page reported since the last check, such as a refusal
// that a test asked for.
func (b *Tab) Forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.problems = nil
}

package cli

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/kontrast-ml/kontrast/internal/app"
	"github.com/kontrast-ml/kontrast/internal/browsertest"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// startServe serves a database until stop, which returns the exit code and
// what was said of problems.
func startServe(t *testing.T, database string, flags ...string) (address string, stop func() (int, string)) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	out, in := io.Pipe()
	var problems bytes.Buffer
	ended := make(chan int, 1)
	go func() {
		args := append([]string{"--db", database, "serve", "--addr", "127.0.0.1:0"}, flags...)
		ended <- Execute(ctx, app.Extensions{}, args, in, &problems)
		in.Close() // so that a server that can't start prints no address for ever
	}()
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("%v: %s", err, problems.String())
	}
	return strings.TrimSpace(address), func() (int, string) {
		cancel()
		code := <-ended
		return code, problems.String()
	}
}

func TestServePrintsItsAddressAndEndsQuietly(t *testing.T) {
	database := filepath.Join(t.TempDir(), "experiments.db")
	s, err := store.Open(t.Context(), database, store.Options{})
	if err == nil {
		err = s.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	address, stop := startServe(t, database)
	response, err := http.Get(address + "api/overview")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if text, err := io.ReadAll(response.Body); err != nil || !strings.Contains(string(text), `"studies":[]`) {
		t.Errorf("the overview says %s, %v", text, err)
	}
	if code, problems := stop(); code != exitOK {
		t.Errorf("exit code %d: %s", code, problems)
	}
	var problems bytes.Buffer
	if code := Execute(t.Context(), app.Extensions{}, []string{"--db", database, "serve", "--addr", "8080"}, io.Discard,
		&problems); code != exitUsage {
		t.Errorf("an address without a port: exit code %d", code)
	}
}

// TestPagesDrawNetworks trains a tiny vision transformer, asks the pages of the
// run and of two runs for every figure of networks, and compares each with what
// kontrast plot draws.
func TestPagesDrawNetworks(t *testing.T) {
	t.Chdir(t.TempDir())
	kontrast := func(args ...string) string {
		t.Helper()
		var out, problems bytes.Buffer
		if code := Execute(t.Context(), app.Extensions{}, append(args, "--quiet"), &out, &problems); code != exitOK {
			t.Fatalf("kontrast %s: exit code %d: %s", strings.Join(args, " "), code, problems.String())
		}
		return out.String()
	}
	kontrast("compare", "--study", "seen", "--methods", "mocov3", "--seeds", "1", "--epochs", "1", "--batch-size", "16",
		"--backbones", "{name: vit, width: 16, heads: 2, layers: 1, positions: sincos-2d}", "--set", "dataset.train=32",
		"--set", "dataset.test=24", "--set", "dataset.size=16", "--set", "eval.knn.k=5")
	address, stop := startServe(t, "experiments.db")
	b := browsertest.Open(t, address)
	draws := func(kind string, runs ...string) {
		t.Helper()
		b.Script(fmt.Sprintf(`document.querySelector('[data-draw="%s"]').click()`, kind))
		place := fmt.Sprintf(`document.querySelector('[data-draw="%s"]').closest(".drawn")`, kind)
		b.Wait(place + `.querySelector(".problem") || (` + place + `.querySelector("img.drawing") || {}).naturalWidth > 0`)
		problem := browsertest.Value[string](b, `(`+place+`.querySelector(".problem") || {}).textContent || ""`)
		if problem != "" {
			t.Errorf("%s: the page says %s", kind, problem)
			return
		}
		_, encoded, _ := strings.Cut(browsertest.Value[string](b, place+`.querySelector("img.drawing").src`), ",")
		shown, err := url.PathUnescape(encoded)
		if err != nil {
			t.Fatal(err)
		}
		if want := kontrast(append([]string{"plot", kind, "-o", "-"}, runs...)...); shown != want {
			t.Errorf("%s: the page shows %d bytes, kontrast plot draws %d others", kind, len(shown), len(want))
		}
	}
	open := func(at string) {
		t.Helper()
		b.Do(chromedp.Navigate(address + at))
		b.Wait(`document.querySelector("[data-draw]")`)
	}
	b.Look(1400, 900, "light")
	open("run/2")
	for _, kind := range []string{"embedding", "attention", "positions"} {
		draws(kind, "2")
	}
	b.Shoot("page-run-drawn")
	open("compare#runs=1~2")
	for _, kind := range []string{"embedding", "neighbors"} {
		draws(kind, "1", "2")
	}
	b.Shoot("page-compare-drawn")
	b.Do(chromedp.Navigate("about:blank")) // so that no page waits for news
	if code, problems := stop(); code != exitOK {
		t.Errorf("exit code %d: %s", code, problems)
	}
}

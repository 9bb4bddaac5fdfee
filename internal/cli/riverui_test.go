package cli

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/kontrast-ml/kontrast/internal/app"
	"github.com/kontrast-ml/kontrast/internal/browsertest"
	"github.com/kontrast-ml/kontrast/internal/pgtest"
)

// TestServeHasRiverUI puts runs into a queue, reads them from River UI below
// kontrast serve, and tries to change them there.
func TestServeHasRiverUI(t *testing.T) {
	t.Run("file", func(t *testing.T) { servesRiverUI(t, filepath.Join(t.TempDir(), "queue.db")) })
	t.Run("postgres", func(t *testing.T) { servesRiverUI(t, pgtest.Start(t).URL()) })
}

func servesRiverUI(t *testing.T, queue string) {
	t.Chdir(t.TempDir())
	kontrast := func(args ...string) string {
		t.Helper()
		var out, problems bytes.Buffer
		if code := Execute(t.Context(), app.Extensions{}, append(args, "--queue", queue), &out, &problems); code != exitOK {
			t.Fatalf("kontrast %s: exit code %d: %s", strings.Join(args, " "), code, problems.String())
		}
		return out.String()
	}
	kontrast("sweep", "start", "--study", "far", "--methods", "simclr,byol", "--seeds", "1", "--epochs", "1")
	address, stop := startServe(t, "experiments.db", "--queue", queue)
	ask := func(method, at, body string) (status int, answer string) {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), method, address+"river/"+at, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response.StatusCode, string(text)
	}
	var jobs struct {
		Data []struct{ Kind, State, Args string }
	}
	status, answer := ask(http.MethodGet, "api/jobs?state=available", "")
	if err := json.Unmarshal([]byte(answer), &jobs); err != nil || len(jobs.Data) != 3 ||
		!strings.Contains(jobs.Data[1].Args, "simclr") {
		t.Errorf("River UI lists, with status %d: %s", status, answer)
	}
	for _, change := range []struct{ method, at, body string }{
		{http.MethodPost, "api/jobs/cancel", `{"ids": ["1", "2"]}`},
		{http.MethodPost, "api/jobs/delete", `{"ids": ["1", "2"]}`},
		{http.MethodPut, "api/queues/default/pause", ""},
		{http.MethodPatch, "api/queues/default", "{}"},
	} {
		if status, answer := ask(change.method, change.at, change.body); status != http.StatusMethodNotAllowed ||
			!strings.Contains(answer, "kontrast sweep cancel") {
			t.Errorf("%s %s: %d %s", change.method, change.at, status, answer)
		}
	}
	t.Run("browser", func(t *testing.T) { lookAtRiverUI(t, address) })
	if code, problems := stop(); code != exitOK {
		t.Errorf("exit code %d: %s", code, problems)
	}
	if status := kontrast("sweep", "status", "far"); !strings.Contains(status, "3 runs, 3 waiting") {
		t.Errorf("after all: %s", status)
	}
}

// lookAtRiverUI goes from the overview to a job in River UI, asks there that it
// be canceled, and goes back.
func lookAtRiverUI(t *testing.T, address string) {
	b := browsertest.Open(t, address)
	b.Look(1400, 900, "light")
	says := func(text string) { t.Helper(); b.Wait(`document.body?.textContent.includes("` + text + `")`) }
	follow := func(link string) { t.Helper(); b.Wait(`!!` + link); b.Script(link + `.click()`) }
	b.Do(chromedp.Navigate(address))
	follow(`document.querySelector("#sweeps tbody a")`)
	follow(`document.querySelector('a[href="/river/jobs"]')`)
	follow(`document.querySelector('a[href="/river/jobs?state=available"]')`)
	says("kontrast_run")
	b.Shoot("river-jobs")
	b.Do(chromedp.Navigate(address + "river/jobs/1"))
	says("kontrast_run")
	follow(`[...document.querySelectorAll("button")].find((one) => one.textContent.includes("Cancel"))`)
	b.Wait(`document.getElementById("kontrast").style.background.includes("185")`) // red
	says("kontrast_run")
	b.Shoot("river-job")
	follow(`document.querySelector("#kontrast a")`)
	b.Wait(`!!document.querySelector("#sweeps tbody a")`)
	b.Do(chromedp.Navigate("about:blank"))
}

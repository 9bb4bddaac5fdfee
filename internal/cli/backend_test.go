package cli

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kontrast-ml/kontrast/internal/app"
	"github.com/kontrast-ml/kontrast/internal/backend/plugins"
	"github.com/kontrast-ml/kontrast/internal/backend/xla"
)

// say runs a command and returns its exit code and what it printed.
func say(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = Execute(context.Background(), app.Extensions{}, args, &out, &errs)
	return code, out.String(), errs.String()
}

func TestBackendsAreInstalledAndListed(t *testing.T) {
	pinned := plugins.Pinned("cpu").Wheels
	if len(pinned) == 0 {
		t.Skip("there are no plugins for this machine")
	}
	t.Setenv(plugins.PathEnv, "")
	var wheel bytes.Buffer
	w := zip.NewWriter(&wheel)
	f, err := w.Create("fake/pjrt_c_api_cpu_plugin.so")
	if err == nil {
		_, err = f.Write([]byte("a library"))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	const file = "fake-9.9-py3-none-manylinux_2_27_x86_64.whl"
	mux := http.NewServeMux()
	mux.HandleFunc("/simple/"+pinned[0].Project+"/", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `<a href="/files/%s#sha256=%x">%s</a>`, file, sha256.Sum256(wheel.Bytes()), file)
	})
	mux.HandleFunc("/files/"+file, func(w http.ResponseWriter, _ *http.Request) { w.Write(wheel.Bytes()) })
	server := httptest.NewServer(mux)
	defer server.Close()
	t.Setenv(plugins.IndexEnv, server.URL+"/simple")
	cache := t.TempDir()

	code, out, errs := say(t, "backend", "list", "--cache", cache)
	if code != 0 || !strings.Contains(out, "no plugin") || !strings.Contains(out, "kontrast  yes") {
		t.Errorf("list: exit code %d\n%s%s", code, out, errs)
	}
	if code, _, errs = say(t, "backend", "install", "gpu", "--cache", cache); code != exitUsage ||
		!strings.Contains(errs, `platform "gpu" is not known; known: cpu, cuda`) {
		t.Errorf("an unknown platform: exit code %d, %s", code, errs)
	}
	if code, _, errs = say(t, "backend", "install", "cpu", "--version", "8.8", "--cache", cache); code != exitFailed ||
		!strings.Contains(errs, "it has 9.9") {
		t.Errorf("a version that is not there: exit code %d, %s", code, errs)
	}
	if code, out, _ = say(t, "backend", "install", "cuda", "--dry-run", "--cache", cache); code != 0 ||
		!strings.Contains(out, "jax_cuda13_pjrt") || !strings.Contains(out, "nvidia_cudnn") {
		t.Errorf("a dry run: exit code %d\n%s", code, out)
	}
	if _, err := os.Stat(plugins.Folder(cache)); err == nil {
		t.Error("a dry run made a folder")
	}
	code, out, errs = say(t, "backend", "install", "cpu", "--version", "9.9", "--cache", cache)
	path := filepath.Join(plugins.Folder(cache), "cpu", "fake", "pjrt_c_api_cpu_plugin.so")
	if code != 0 || !strings.Contains(out, path) {
		t.Errorf("install: exit code %d\n%s%s", code, out, errs)
	}
	if code, out, _ = say(t, "backend", "list", "--cache", cache); code != 0 || !strings.Contains(out, pinned[0].Project+" 9.9") {
		t.Errorf("list after it: exit code %d\n%s", code, out)
	}
	code, out, _ = say(t, "backend", "doctor", "cpu", "--cache", cache)
	if code != exitFailed || !strings.Contains(out, "NO") || !strings.Contains(out, path) {
		t.Errorf("doctor of a plugin that is no library: exit code %d\n%s", code, out)
	}
}

func TestXLAThatIsMissing(t *testing.T) {
	t.Setenv(plugins.PathEnv, "")
	folder := t.TempDir()
	database := filepath.Join(folder, "experiments.db")
	file := filepath.Join(folder, "run.yaml")
	if err := os.WriteFile(file, []byte("backend: xla\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	want := "kontrast backend install cpu"
	if !xla.BuiltIn {
		want = "go install -tags xla"
	}
	for _, args := range [][]string{
		{"run", "--backend", "xla"}, {"run", file}, {"compare", file}, {"compare", "--backend", "xla:cpu"},
	} {
		code, out, errs := say(t, append(args, "--db", database, "--cache", folder)...)
		if code != exitUsage || !strings.Contains(errs, `compute backend "xla`) || !strings.Contains(errs, want) {
			t.Errorf("%q: exit code %d\n%s%s", args, code, out, errs)
		}
	}
	if _, err := os.Stat(database); err == nil {
		t.Error("a refused backend left a database")
	}
}

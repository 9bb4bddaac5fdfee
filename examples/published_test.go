package examples

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kontrast-ml/kontrast/internal/app"
	"github.com/kontrast-ml/kontrast/internal/cli"
)

// proxy is a folder of published modules, which the Go toolchain takes for a
// module proxy. Their paths have a part of their own, so that what the
// toolchain keeps of them can be told apart, and removed.
type proxy struct {
	folder string
	prefix string // of the modules' paths
}

func newProxy(t *testing.T) proxy {
	t.Helper()
	folder := t.TempDir()
	cache := output(t, "go", "env", "GOMODCACHE")
	p := proxy{folder, "example.com/" + strings.ToLower(filepath.Base(filepath.Dir(folder))) + fmt.Sprint(os.Getpid())}
	t.Cleanup(func() {
		for _, kept := range []string{cache, filepath.Join(cache, "cache", "download")} {
			removeReadOnly(t, filepath.Join(kept, filepath.FromSlash(p.prefix)))
		}
	})
	t.Setenv("GOPROXY", "file://"+filepath.ToSlash(folder)+",file://"+filepath.ToSlash(cache)+"/cache/download")
	t.Setenv("GONOSUMDB", "example.com/*")
	return p
}

// publish makes a version of a module of the files of a folder, each changed.
func (p proxy) publish(t *testing.T, name, version, folder string, change *strings.Replacer) {
	t.Helper()
	module := p.prefix + "/" + name
	at := filepath.Join(p.folder, filepath.FromSlash(module), "@v")
	if err := os.MkdirAll(at, 0o755); err != nil {
		t.Fatal(err)
	}
	var archive bytes.Buffer
	packed := zip.NewWriter(&archive)
	err := fs.WalkDir(os.DirFS(folder), ".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(filepath.Join(folder, file))
		if err != nil {
			return err
		}
		changed := []byte(change.Replace(string(text)))
		if file == "go.mod" {
			if err := os.WriteFile(filepath.Join(at, version+".mod"), changed, 0o644); err != nil {
				return err
			}
		}
		w, err := packed.Create(path.Join(module+"@"+version, file))
		if err != nil {
			return err
		}
		_, err = w.Write(changed)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := packed.Close(); err != nil {
		t.Fatal(err)
	}
	info := fmt.Sprintf(`{"Version": %q, "Time": "2026-01-02T03:04:05Z"}`, version)
	for suffix, content := range map[string][]byte{".zip": archive.Bytes(), ".info": []byte(info)} {
		if err := os.WriteFile(filepath.Join(at, version+suffix), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	list, err := os.OpenFile(filepath.Join(at, "list"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer list.Close()
	if _, err := fmt.Fprintln(list, version); err != nil {
		t.Fatal(err)
	}
}

// output is what a command prints, without the end of the line.
func output(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), name, args...).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// removeReadOnly removes a folder whose own folders can't be written to.
func removeReadOnly(t *testing.T, folder string) {
	err := filepath.WalkDir(folder, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			err = os.Chmod(name, 0o755)
		}
		return err
	})
	if err == nil {
		err = os.RemoveAll(folder)
	}
	if err != nil && !os.IsNotExist(err) {
		t.Error(err)
	}
}

// TestPublishedPluginsArePinned builds programs with versions of modules that a
// proxy has: the one that is named, the newest, two of one name, one that was
// written for an older interface, one that there is none of.
func TestPublishedPluginsArePinned(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles several programs")
	}
	p := newProxy(t)
	method := p.prefix + "/method"
	named := func(name string, more ...string) *strings.Replacer {
		return strings.NewReplacer(append([]string{"example.com/ownmethod", p.prefix + "/" + name}, more...)...)
	}
	p.publish(t, "method", "v1.0.0", "ownmethod", named("method", "Interface: 2", "Interface: 1"))
	p.publish(t, "method", "v1.1.0", "ownmethod", named("method"))
	p.publish(t, "method", "v1.2.0", "ownmethod", named("method"))
	p.publish(t, "other", "v0.3.0", "ownmethod", named("other"))
	program, kept := filepath.Join(t.TempDir(), "kontrast"), filepath.Join(t.TempDir(), "module")
	build := func(args ...string) (code int, said string) {
		var out, messages bytes.Buffer
		args = append([]string{"build", "--quiet", "--kontrast", "..", "-o", program}, args...)
		code = cli.Execute(t.Context(), app.Extensions{}, args, &out, &messages)
		return code, out.String() + messages.String()
	}

	for _, test := range []struct {
		name string
		with []string
		want []string
	}{
		{
			"an older interface", []string{method + "@v1.0.0"},
			[]string{method + "@v1.0.0", "version 1 of the author's interface", "packages framework/cli and framework/app are " +
				"no longer public", "hint: "},
		},
		{
			"two of one name", []string{method + "@v1.1.0", p.prefix + "/other@v0.3.0"},
			[]string{`two methods are named "alignuniform"`, method + "@v1.1.0", p.prefix + "/other@v0.3.0", "hint: "},
		},
		{
			"no such version", []string{method + "@v9.9.9"},
			[]string{method + "@v9.9.9", "hint: check the plugins' paths and versions"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			var with []string
			for _, plugin := range test.with {
				with = append(with, "--with", plugin)
			}
			code, said := build(with...)
			if code == 0 {
				t.Errorf("it is built:\n%s", said)
			}
			for _, want := range test.want {
				if !strings.Contains(said, want) {
					t.Errorf("the message does not say %q:\n%s", want, said)
				}
			}
			if _, err := os.Stat(program); err == nil {
				t.Error("a program is left behind")
			}
		})
	}

	t.Run("the newest", func(t *testing.T) {
		if code, said := build("--with", method); code != 0 || !strings.Contains(said, "with "+method+" v1.2.0: method") {
			t.Errorf("exit code %d, want a program with version v1.2.0:\n%s", code, said)
		}
	})
	t.Run("the one that is named", func(t *testing.T) {
		code, said := build("--with", method+"@v1.1.0", "--keep", kept)
		if code != 0 || !strings.Contains(said, "with "+method+" v1.1.0: method alignuniform") {
			t.Fatalf("exit code %d, want a program with version v1.1.0:\n%s", code, said)
		}
		if required, err := os.ReadFile(filepath.Join(kept, "go.mod")); err != nil ||
			!strings.Contains(string(required), method+" v1.1.0") {
			t.Errorf("the module that is kept does not require v1.1.0, error %v:\n%s", err, required)
		}
		database := filepath.Join(t.TempDir(), "experiments.db")
		run(t, program, append([]string{"compare", "--db", database, "--methods", "alignuniform"}, tiny...)...)
		versions := run(t, program, "sql", "--db", database, "--format", "csv", "SELECT DISTINCT method_module, "+
			"method_version, versions ->> '"+method+"' AS recorded FROM runs WHERE method = 'alignuniform'")
		if want := "method_module,method_version,recorded\n" + method + ",v1.1.0,v1.1.0\n"; versions != want {
			t.Errorf("the runs record\n%swant\n%s", versions, want)
		}
	})
}

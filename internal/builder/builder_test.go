package builder

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kontrast-ml/kontrast/internal/origin"
)

func TestPluginsAreRead(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "go.mod"), []byte("// a plugin\nmodule \"example.com/mine/v2\"\n"),
		0o644); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]With{
		"example.com/mine":              {Package: "example.com/mine"},
		"example.com/mine@v1.2.0":       {Package: "example.com/mine", Version: "v1.2.0"},
		"example.com/mine/v2/part@main": {Package: "example.com/mine/v2/part", Version: "main"},
		"example.com/mine/v2=" + folder: {
			Package: "example.com/mine/v2", Folder: folder, module: "example.com/mine/v2",
		},
		"example.com/mine/v2/part@v2.1.0=" + folder: {Package: "example.com/mine/v2/part", Version: "v2.1.0",
			Folder: folder, module: "example.com/mine/v2"},
	} {
		if got, err := ParseWith(text); err != nil || got != want {
			t.Errorf("%s: %+v, error %v, want %+v", text, got, err, want)
		}
	}
}

// TestTheModulePinsWhatIsReplaced looks at the files that are written.
func TestTheModulePinsWhatIsReplaced(t *testing.T) {
	folder, plugin := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(plugin, "go.sum"), []byte("a v1 h1:=\nb v1 h1:=\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	err := writeModule(folder, origin.Origin{Version: "v0.4.0", Go: "1.26.5"}, []With{
		{Package: "example.com/published", Version: "v1.2.0"},
		{Package: "example.com/mine/v2/one", Folder: plugin, module: "example.com/mine/v2"},
		{Package: "example.com/mine/v2/two", Folder: plugin, module: "example.com/mine/v2"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"go.mod": "module kontrast-with-plugins\n\ngo 1.26.5\n\nrequire github.com/kontrast-ml/kontrast v0.4.0\n" +
			"require example.com/mine/v2 v2.0.0\nreplace example.com/mine/v2 => \"" + plugin + "\"\n",
		"go.sum":  "a v1 h1:=\nb v1 h1:=\n",
		"main.go": "\t\tplugin1.Extensions(),\n\t\tplugin2.Extensions(),\n\t\tplugin3.Extensions(),\n",
	} {
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s is\n%swith the error %v, want\n%s", name, text, err, want)
		}
	}
}

func TestTheDigestIsOfNamesAndContents(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	seen := map[string]string{}
	for name, files := range map[string][]string{
		"one file": {write("a", "1")}, "other content": {write("b", "2")}, "other name": {write("c", "1")},
		"two": {write("a", "1"), write("b", "2")},
	} {
		got, err := digest(folder, files)
		if err != nil || len(got) != 12 {
			t.Fatalf("%s: %q, %v", name, got, err)
		}
		if other, found := seen[got]; found {
			t.Errorf("%s and %s have one digest", name, other)
		}
		seen[got] = name
	}
	if _, err := digest(folder, []string{"nowhere"}); err == nil {
		t.Error("a file that is gone has a digest")
	}
}

// TestWhatTheToolchainSaysIsExplained has its messages.
func TestWhatTheToolchainSaysIsExplained(t *testing.T) {
	b := &build{
		Order: Order{Plugins: []With{{Package: "example.com/one"}, {Package: "example.com/two", Version: "v1.0.0"}}},
	}
	for said, want := range map[string]string{
		"./main.go:12:11: undefined: " +
			"plugin2.Extensions": "plugin example.com/two@v1.0.0: its package has no func Extensions",
		"x.go:3:4: cannot use plugin1.Extensions() (value of type int) as kontrast.Extensions value in " +
			"argument": "plugin example.com/one: its Extensions is not func",
		"a.go:1:1: undefined: backbones.Backbone": "write framework.Backbone",
		"a.go:1:1: not enough arguments in call to loss.SupCon\n\thave ()\n\twant ()": "version 2: the losses DCL, DCLW, " +
			"SigLIP, SupCon",
		"go: example.com/two@v1.0.0: dial tcp: lookup proxy.golang.org: no such host": "go get fails:\n  go: " +
			"example.com/two@v1.0.0: dial tcp",
		"go: example.com/two@v9.0.0: reading file:///proxy/example.com/two/@v/v9.0.0.info: no such file or " +
			"directory": "go get fails:\n  go: example.com/two@v9.0.0: reading",
	} {
		if got := b.explain("get", said); !strings.Contains(got.Error(), want) {
			t.Errorf("%q is explained as %q, want %q in it", said, got, want)
		}
	}
	var missing *PluginError
	err := b.explain("get", "go: m@v9.0.0: reading https://proxy.golang.org/m/@v/v9.0.0.info: 404 Not Found")
	if !errors.As(err, &missing) || !strings.Contains(missing.Hint(), "check the plugins' paths and versions") {
		t.Errorf("a version that there is none of is explained as %v", err)
	}
	long := b.explain("build", strings.Repeat("a.go:1:1: something\n", 30)).Error()
	if strings.Count(long, "\n") > longest+2 || !strings.Contains(long, "and 10 lines more") {
		t.Errorf("a long message stays long: %s", long)
	}
}

package cli

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kontrast-ml/kontrast/internal/app"
)

// writePlugin writes a module with one file, and returns what --with says of it.
func writePlugin(t *testing.T, module, source string) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":    "module " + module + "\n\ngo 1.26\n",
		"plugin.go": source,
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return module + "=" + folder
}

// dataset is the source of a plugin with a data set.
func dataset(name, extensions string) string {
	return `package plugin

import (
	"context"
	"errors"

	"github.com/kontrast-ml/kontrast"
	"github.com/kontrast-ml/kontrast/framework/data"
)

func Extensions() kontrast.Extensions {
	return kontrast.Extensions{` + extensions + `Datasets: []data.Factory{
		data.NewFactory("` + name + `", "nothing", struct{}{}, open),
	}}
}

func open(context.Context, struct{}, data.Split, data.Env) (data.Dataset, error) { return nil, errors.New("nothing") }
`
}

// TestPluginsThatCannotBeBuiltAreExplained builds programs that come to nothing.
func TestPluginsThatCannotBeBuiltAreExplained(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles several programs")
	}
	for _, test := range []struct {
		name    string
		plugins map[string]string // source by module
		want    []string
	}{
		{
			"two plugins with one name",
			map[string]string{"example.com/one": dataset("twin", ""), "example.com/two": dataset("twin", "")},
			[]string{`two datasets are named "twin": one is of example.com/one@(devel)+folder.`,
				"one of example.com/two@(devel)+folder.", "leave one out or rename it"},
		},
		{
			"an older interface by what it calls",
			map[string]string{"example.com/older": "package older\n\nimport " +
				"(\n\t\"github.com/kontrast-ml/kontrast\"\n\t\"github.com/kontrast-ml/kontrast/framework/loss\"\n)\n\n" +
				"var _ = loss.Neighbours\n\nfunc Extensions() (e kontrast.Extensions) { return }\n"},
			[]string{"written for an older author's interface than version 2",
				"version 2: names have American spelling: write loss.Neighbors", "undefined: loss.Neighbours"},
		},
		{
			"an older interface by what it imports",
			map[string]string{
				"example.com/oldest": "package oldest\n\nimport \"github.com/kontrast-ml/kontrast/framework/cli\"\n\nvar Main = " +
					"cli.Main\n",
			},
			[]string{"framework/cli and framework/app are no longer public: export func Extensions() kontrast.Extensions"},
		},
		{
			"no function",
			map[string]string{"example.com/empty": "package empty\n"},
			[]string{"plugin example.com/empty=", "its package has no func Extensions() kontrast.Extensions",
				"hint: docs/methods/authoring.md"},
		},
		{
			"another function",
			map[string]string{"example.com/other": "package other\n\nfunc Extensions() int { return 3 }\n"},
			[]string{"plugin example.com/other=", "its Extensions is not func Extensions() kontrast.Extensions", "of type int"},
		},
		{
			"a program",
			map[string]string{"example.com/program": "package main\n\nfunc main() {}\n"},
			[]string{"plugin example.com/program=", "its package is a program"},
		},
		{
			"what does not compile",
			map[string]string{"example.com/broken": "package broken\n\nfunc Extensions() { return 3 }\n"},
			[]string{"go build fails", "too many return values"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			output := filepath.Join(t.TempDir(), "program")
			args := []string{"build", "--quiet", "-o", output}
			for _, module := range slices.Sorted(maps.Keys(test.plugins)) {
				args = append(args, "--with", writePlugin(t, module, test.plugins[module]))
			}
			var out, messages bytes.Buffer
			if code := Execute(t.Context(), app.Extensions{}, args, &out, &messages); code != exitFailed {
				t.Errorf("exit code %d, want %d", code, exitFailed)
			}
			for _, want := range test.want {
				if !strings.Contains(messages.String(), want) {
					t.Errorf("the message does not say %q:\n%s", want, &messages)
				}
			}
			if _, err := os.Stat(output); err == nil {
				t.Error("a program is left behind")
			}
		})
	}
}

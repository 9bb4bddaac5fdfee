package scaffold

import (
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kontrast-ml/kontrast/internal/origin"
	"github.com/kontrast-ml/kontrast/methods"
)

// TestEveryMethodCanBeStartedFrom type-checks, with its tests, a package for
// each built-in method, in a module that holds them all.
func TestEveryMethodCanBeStartedFrom(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles every method and its tests")
	}
	found, err := origin.Find("")
	if err != nil {
		t.Fatal(err)
	}
	all := t.TempDir()
	for i, factory := range methods.Builtin() {
		m := Method{Name: "my-" + factory.Name, Module: "example.com/all", Like: factory, Origin: found}
		folder := t.TempDir()
		if _, err := m.Write(folder); err != nil {
			t.Fatalf("%s: %v", factory.Name, err)
		}
		readme, err := os.ReadFile(filepath.Join(folder, "README.md"))
		if err != nil || strings.Contains(string(readme), "--backbones vit") != factory.Patches {
			t.Errorf("%s: patches are needed: %v, error %v; its README has\n%s", m.Name, factory.Patches, err, readme)
		}
		pkg := packageName(m.Name)
		if i == 0 {
			for _, name := range []string{"go.mod", "go.sum"} {
				if err := os.Rename(filepath.Join(folder, name), filepath.Join(all, name)); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, name := range []string{"go.mod", "go.sum", "cmd"} {
			if err := os.RemoveAll(filepath.Join(folder, name)); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Rename(folder, filepath.Join(all, pkg)); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(all, pkg, pkg+".go"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parser.ParseFile(token.NewFileSet(), "", text, 0); err != nil {
			t.Error(err)
		}
		if !strings.Contains(string(text), `"`+m.Name+`"`) || strings.Contains(string(text), "Presets") {
			t.Errorf("%s: the registration is not the new method's:\n%s", m.Name, text)
		}
	}
	for _, args := range [][]string{{"mod", "tidy"}, {"vet", "./..."}} {
		command := exec.CommandContext(t.Context(), "go", args...)
		command.Dir = all
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatalf("go %v: %v\n%s", args, err, out)
		}
	}
}

func TestNothingIsWrittenOver(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "mine.txt"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	m := Method{Name: "mine", Like: methods.Builtin()[0]}
	if _, err := m.Write(folder); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("a folder with files in it: error %v", err)
	}
}

func TestNamesAreChecked(t *testing.T) {
	for name, want := range map[string]string{
		"Mine": "lower-case", "2nd": "a letter first", "../up": "lower-case", "func": "Go package", "main": "Go package",
	} {
		if err := (Method{Name: name}).Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("name %q: error %v, want one that says %q", name, err, want)
		}
	}
	if err := (Method{Name: "mine", Module: "you/mine"}).Check(); err == nil {
		t.Error("a module path without a dot is accepted, which Go takes for its own")
	}
	if err := (Method{Name: "mine-2", Module: "example.com/you/mine"}).Check(); err != nil {
		t.Error(err)
	}
}

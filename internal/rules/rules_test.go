package rules

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/kontrast-ml/kontrast"

// arrows are imports that must not be: who must not import what.
var arrows = []struct{ from, to, why string }{
	{"engine", "framework", "the engine is reached through compute.Backend and knows nothing of the framework"},
	{"engine", "methods", "the engine knows no method"},
	{"engine", "backbones", "the engine knows no backbone"},
	{"methods", "engine", "a method does not know which backend runs"},
	{"methods", "framework/store", "a method does not know where results go"},
	{"methods", "framework/experiment", "a method does not know what runs it"},
	{"backbones", "methods", "backbones are shared by all methods"},
	{"backbones", "engine", "a backbone does not know which backend runs"},
	{"framework", "methods", "the framework knows no method; framework/app lists them"},
	{"framework", "engine", "only framework/app chooses a backend"},
	{"framework/nn", "framework/train", "layers know nothing of training"},
	{"framework/loss", "framework/train", "losses know nothing of training"},
	{"framework/train", "framework/experiment", "training knows nothing of experiments"},
	{"framework/store", "framework/experiment", "the store knows nothing of experiments"},
}

// composing packages put the others together and may import anything.
var composing = []string{"framework/app", "framework/cli"}

func TestImportsPointOneWay(t *testing.T) {
	forEachGoFile(t, func(path string, file *ast.File) {
		from := filepath.ToSlash(filepath.Dir(path))
		if within(from, composing...) || strings.HasSuffix(path, "_test.go") {
			return
		}
		for _, spec := range file.Imports {
			imported, _ := strconv.Unquote(spec.Path.Value)
			to, ours := strings.CutPrefix(imported, module+"/")
			if !ours {
				continue
			}
			for _, arrow := range arrows {
				if within(from, arrow.from) && within(to, arrow.to) {
					t.Errorf("%s imports %s: %s", path, to, arrow.why)
				}
			}
			if method, inMethods := strings.CutPrefix(from, "methods/"); inMethods && within(to, "methods") && !within(to, "methods/"+strings.Split(method, "/")[0]) {
				t.Errorf("%s imports %s: a method knows no other method", path, to)
			}
		}
	})
}

func TestPackagesAreDocumented(t *testing.T) {
	documented, seen := map[string]bool{}, map[string]bool{}
	forEachGoFile(t, func(path string, file *ast.File) {
		folder := filepath.Dir(path)
		if strings.HasSuffix(path, "_test.go") {
			return
		}
		seen[folder] = true
		if file.Doc != nil && len(file.Doc.Text()) > 20 {
			documented[folder] = true
		}
	})
	for folder := range seen {
		if !documented[folder] {
			t.Errorf("package %s has no package comment", folder)
		}
	}
}

func TestTheModuleReplacesNothing(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root(t), "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(string(text), "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "replace") {
			t.Errorf("go.mod has %q: who imports the module would not get it", line)
		}
	}
}

// within reports whether the folder is one of the given ones or lies below one.
func within(folder string, of ...string) bool {
	for _, f := range of {
		if folder == f || strings.HasPrefix(folder, f+"/") {
			return true
		}
	}
	return false
}

func root(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// forEachGoFile visits the module's Go files by their path from its root.
func forEachGoFile(t *testing.T, visit func(path string, file *ast.File)) {
	t.Helper()
	top := root(t)
	err := filepath.WalkDir(top, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			name := entry.Name()
			if path != top && (strings.HasPrefix(name, ".") || name == "testdata" || name == "examples") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(top, path)
		if err != nil {
			return err
		}
		visit(relative, file)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

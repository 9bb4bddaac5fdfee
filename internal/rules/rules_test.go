package rules

import (
	"cmp"
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

// layers are the rooms of the house from the top down: a package imports only
// from its own room and from the layers below it.
var layers = [][]string{
	{"cmd"},
	{"."}, // package kontrast
	{"internal/cli"},
	{"internal/app"},
	{"methodtest", "internal/methodgolden"},
	{"internal"},
	{"methods"},
	{"backbones"},
	{"framework"},
	{"framework/nn", "framework/loss", "framework/optim", "framework/augment", "framework/config", "framework/provenance",
		"framework/data", "framework/tokenizer", "framework/random", "framework/textfile"},
}

// apart are rooms outside the layers.
var apart = []string{"engine", "bench", "internal/testbackend", "internal/gendocs"}

// engineUsers choose the compute backend; all others reach the engine through
// compute.Backend.
var engineUsers = []string{"engine", "bench", "internal/app", "internal/testbackend"}

// arrows are imports that must not be within one layer, or past the rooms.
var arrows = []struct{ from, to, why string }{
	{"internal/train", "internal/experiment", "training knows nothing of experiments"},
	{"internal/store", "internal/experiment", "the store knows nothing of experiments"},
	{"internal/eval", "internal/experiment", "an evaluation measures a network, whoever trained it"},
	{"internal/stats", "internal/store", "statistics are of numbers, wherever they are kept"},
	{"methods", "internal", "a method is written with what strangers have too"},
	{"backbones", "internal", "a backbone is written with what strangers have too"},
	{"framework", "internal", "strangers import the framework"},
	{"engine", "framework", "the engine is reached through compute.Backend and knows nothing of the rest"},
	{"engine", "internal", "the engine is reached through compute.Backend and knows nothing of the rest"},
	{"engine", "backbones", "the engine is reached through compute.Backend and knows nothing of the rest"},
	{"engine", "methods", "the engine is reached through compute.Backend and knows nothing of the rest"},
}

// layer is the number of the layer of a package, 0 at the top; the longest room
// that holds the package decides.
func layer(t *testing.T, folder string) int {
	t.Helper()
	at, length := -1, -1
	for i, rooms := range layers {
		for _, room := range rooms {
			if within(folder, room) && len(room) > length {
				at, length = i, len(room)
			}
		}
	}
	if at < 0 {
		t.Fatalf("package %s is in no room: add it to layers", folder)
	}
	return at
}

func TestImportsPointDown(t *testing.T) {
	forEachGoFile(t, func(path string, file *ast.File) {
		from := filepath.ToSlash(filepath.Dir(path))
		if strings.HasSuffix(path, "_test.go") {
			return
		}
		for _, spec := range file.Imports {
			imported, _ := strconv.Unquote(spec.Path.Value)
			to, ours := strings.CutPrefix(imported, module)
			if !ours {
				continue
			}
			to = cmp.Or(strings.TrimPrefix(to, "/"), ".")
			for _, arrow := range arrows {
				if within(from, arrow.from) && within(to, arrow.to) {
					t.Errorf("%s imports %s: %s", path, to, arrow.why)
				}
			}
			if within(to, "engine") && !within(from, engineUsers...) {
				t.Errorf("%s imports %s: only internal/app chooses a backend", path, to)
			}
			if method, inMethods := strings.CutPrefix(from, "methods/"); inMethods && within(to, "methods") &&
				!within(to, "methods/"+strings.Split(method, "/")[0]) {
				t.Errorf("%s imports %s: a method knows no other method", path, to)
			}
			if within(from, apart...) || within(to, apart...) {
				continue
			}
			if layer(t, to) < layer(t, from) {
				t.Errorf("%s imports %s, which stands above it", path, to)
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

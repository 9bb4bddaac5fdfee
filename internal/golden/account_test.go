package golden

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// unclaimed are the reference values that no test compares with, and why.
var unclaimed = map[string]string{
	"aug_ops/*/tensor_u8": "torchvision's operations on 8-bit tensors, which round in other places than on " +
		"floats and than Pillow; we have the latter two",
	"method_byol/byol/ema_after_step1": "the target after the first step in the reference's order, which moves it " +
		"first; ours moves it last, and is compared at the end",
	"loss_supcon/solo_n6_v2": "the form L_in of supervised contrastive learning, which no method here has",
	"loss_supcon/solo_n5_v3": "the same",
	"tokenizer_clip/*/*": "needs OpenAI's file of merges, which is not ours to include: the test runs where " +
		"KONTRAST_CLIP_MERGES names it",
}

// TestEveryReferenceValueIsClaimed looks for cases, outputs and gradients that
// no package has promised to compare with. Main holds each to its promise.
func TestEveryReferenceValueIsClaimed(t *testing.T) {
	claims := map[string][]string{} // by package
	forEachTestMain(t, func(folder string, literals []string) { claims[folder] = literals })
	entries, err := files.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, entry := range entries {
		family := strings.TrimSuffix(entry.Name(), ".json.gz")
		for _, c := range Load(t, family).Cases {
			for name := range expected(family, c) {
				found := false
				for _, of := range claims {
					found = found || claimed(of, name)
				}
				for pattern := range unclaimed {
					if matches(pattern, name) {
						used[pattern], found = true, true
					}
				}
				if !found {
					t.Errorf("no package claims to compare with %s", name)
				}
			}
		}
	}
	for pattern := range unclaimed {
		if !used[pattern] {
			t.Errorf("%s is listed as unclaimed, but there is no such value", pattern)
		}
	}
}

// forEachTestMain visits the string literals of every TestMain of the module that calls Main.
func forEachTestMain(t *testing.T, visit func(folder string, literals []string)) {
	t.Helper()
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Name.Name != "TestMain" {
				continue
			}
			var literals []string
			calls := false
			ast.Inspect(f.Body, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.BasicLit:
					if text, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING {
						literals = append(literals, text)
					}
				case *ast.SelectorExpr:
					x, ok := n.X.(*ast.Ident)
					calls = calls || ok && x.Name == "golden" && n.Sel.Name == "Main"
				}
				return true
			})
			if calls {
				visit(filepath.Dir(path), literals)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestClaims(t *testing.T) {
	for _, test := range []struct {
		claims []string
		name   string
		want   bool
	}{
		{[]string{"layers"}, "layers/relu/y", true},
		{[]string{"layers/relu"}, "layers/relu/y", true},
		{[]string{"layers/relu"}, "layers/gelu/y", false},
		{[]string{"layers", "!layers/relu"}, "layers/relu/y", false},
		{[]string{"layers", "!layers/*/loss"}, "layers/relu/loss", false},
		{[]string{"layers", "!layers/*/loss"}, "layers/relu/y", true},
		{[]string{"layer"}, "layers/relu/y", false},
	} {
		if got := claimed(test.claims, test.name); got != test.want {
			t.Errorf("%q claim %s: %v, want %v", test.claims, test.name, got, test.want)
		}
	}
}

// TestUnreadValuesAreFound reads one of the outputs of a case, one gradient, and the other case not at all.
func TestUnreadValuesAreFound(t *testing.T) {
	file := Load(t, "ema_update")
	c := file.Case(t, file.Cases[0].Name)
	c.Output(t, "weight")
	missing := unread([]string{"ema_update"})
	if name := "ema_update/" + c.Name + "/weight"; slices.Contains(missing, name) {
		t.Errorf("%s has been read, but counts as unread", name)
	}
	for _, name := range []string{"ema_update/" + c.Name + "/bias", "ema_update/" + file.Cases[1].Name + "/weight"} {
		if !slices.Contains(missing, name) {
			t.Errorf("%s has not been read; unread are %q", name, missing)
		}
	}
	if missing := unread([]string{"no_such_family"}); len(missing) != 1 {
		t.Errorf("a family that does not exist is not missed: %q", missing)
	}
	layer := Load(t, "layers").Case(t, "linear")
	layer.Grad(t, "weight")
	missing = unread([]string{"layers/linear"})
	if slices.Contains(missing, "layers/linear/gradient of weight") ||
		!slices.Contains(missing, "layers/linear/gradient of bias") {
		t.Errorf("one gradient of two was read; unread are %q", missing)
	}
	note(json.RawMessage(nil)) // of an entry that is empty
}

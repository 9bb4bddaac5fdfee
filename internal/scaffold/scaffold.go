package scaffold

import (
	"bytes"
	"embed"
	"fmt"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"text/template"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/provenance"
	"github.com/kontrast-ml/kontrast/internal/origin"
)

// Method is the method to be written.
type Method struct {
	Name   string            // lower-case letters, digits and hyphens; the first a letter
	Module string            // path of its module; empty for example.com/NAME
	Like   framework.Factory // the built-in method that it starts as
	Origin origin.Origin     // where its kontrast comes from
}

var nameForm = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)

var pathForm = regexp.MustCompile(`^[a-zA-Z0-9._~-]+(/[a-zA-Z0-9._~-]+)*$`)

// Check reports what no module can be written of.
func (m Method) Check() error {
	pkg := packageName(m.Name)
	switch {
	case !nameForm.MatchString(m.Name):
		return fmt.Errorf("method name %q: use lower-case letters, digits and hyphens, a letter first", m.Name)
	case token.IsKeyword(pkg), pkg == "main", pkg == "internal", pkg == "vendor", pkg == "testdata":
		return fmt.Errorf("method name %q can't be the name of a Go package; choose another", m.Name)
	case m.Module != "" && (!pathForm.MatchString(m.Module) || !strings.Contains(strings.Split(m.Module, "/")[0], ".")):
		return fmt.Errorf("module path %q: its first part must have a dot, as in example.com/you/%s", m.Module, m.Name)
	}
	return nil
}

// Comparison has the arguments of kontrast that train the method beside the one
// that it starts as, on a backbone that both can have.
func (m Method) Comparison() string {
	text := "compare --methods " + m.Name + "," + m.Like.Name
	if m.Like.Patches {
		text += " --backbones vit"
	}
	return text
}

// packageName is a method's name as that of a package.
func packageName(name string) string { return strings.ReplaceAll(name, "-", "") }

//go:embed template
var templates embed.FS

// Write writes the module to a folder, which must be new or empty. It returns
// the files' names, relative to the folder.
func (m Method) Write(folder string) ([]string, error) {
	if err := m.Check(); err != nil {
		return nil, err
	}
	if entries, err := os.ReadDir(folder); err == nil && len(entries) > 0 {
		return nil, fmt.Errorf("folder %s is not empty: nothing is written over", folder)
	}
	if m.Module == "" {
		m.Module = "example.com/" + m.Name
	}
	pkg := packageName(m.Name)
	derived, err := like(pkg, m)
	if err != nil {
		return nil, err
	}
	files := []file{
		{pkg + ".go", derived.method},
		{"docs.go", derived.docs},
		{"conformance_test.go", derived.conformance},
		{"go.sum", m.Origin.Sums()},
	}
	all, err := template.ParseFS(templates, "template/*")
	if err != nil {
		return nil, err
	}
	for _, made := range []struct{ name, from string }{
		{"golden_test.go", "golden_test.go.tmpl"}, {"extensions.go", "extensions.go.tmpl"},
		{filepath.Join("cmd", "kontrast", "main.go"), "main.go.tmpl"}, {"go.mod", "go.mod.tmpl"},
		{"README.md", "README.md.tmpl"}, {".gitignore", "gitignore.tmpl"},
	} {
		var b bytes.Buffer
		if err := all.ExecuteTemplate(&b, made.from, struct {
			Method
			Package, Params, Kontrast string
			Interface                 int
		}{m, pkg, derived.params, provenance.Kontrast, framework.InterfaceVersion}); err != nil {
			return nil, err
		}
		files = append(files, file{made.name, b.Bytes()})
	}
	return write(folder, files)
}

type file struct {
	name string
	text []byte
}

func write(folder string, files []file) ([]string, error) {
	var names []string
	for _, f := range files {
		if len(f.text) == 0 {
			continue
		}
		target := filepath.Join(folder, f.name)
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return names, err
		}
		if err := os.WriteFile(target, f.text, 0o644); err != nil {
			return names, err
		}
		names = append(names, f.name)
	}
	return names, nil
}

package scaffold

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"slices"
	"strconv"
	"strings"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/provenance"
	"github.com/kontrast-ml/kontrast/methods"
)

// goFiles are the files that are made of a built-in method's.
type goFiles struct {
	method, docs, conformance []byte
	params                    string // those of the conformance test, as an expression
}

// like makes the files of a package from the package of a built-in method.
func like(pkg string, m Method) (*goFiles, error) {
	_, folder, found := strings.Cut(m.Like.Origin(), "/methods/")
	if !found {
		return nil, fmt.Errorf("method %s is not one of kontrast's own, whose source is at hand", m.Like.Name)
	}
	s, err := parse(methods.Sources, folder)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(s.all, func(d *declaration) bool { return !d.isTest() && registration(d, m.Like) != nil })
	if at < 0 {
		return nil, fmt.Errorf("the registration of method %s is not in its package", m.Like.Name)
	}
	factory := s.all[at]
	own := s.needed(func(d *declaration) bool { return !d.isTest() }, factory)
	isDocs := func(d *declaration) bool { return d.file == "docs.go" }

	var files goFiles
	body := slices.DeleteFunc(slices.Clone(own), isDocs)
	slices.SortStableFunc(body, func(a, b *declaration) int {
		return strings.Compare(first(a.file, factory.file), first(b.file, factory.file))
	})
	if files.method, err = s.file(pkg, packageComment(pkg, m), body, factory, m); err != nil {
		return nil, err
	}
	docs := slices.DeleteFunc(slices.Clone(own), func(d *declaration) bool { return !isDocs(d) })
	if files.docs, err = s.file(pkg, "", docs, factory, m); err != nil {
		return nil, err
	}
	tests, err := s.conformance(factory)
	if err != nil {
		return nil, err
	}
	if files.params = paramsOf(tests); files.params == "" {
		files.params = "Factory.Defaults()" // as the conformance test has it
	}
	files.conformance, err = s.file(pkg, "", tests, factory, m)
	return &files, err
}

// first orders the file of the registration before the others.
func first(file, before string) string {
	if file == before {
		return ""
	}
	return file
}

// conformance are the conformance tests of the factory, and what they need of the package's tests.
func (s *source) conformance(factory *declaration) ([]*declaration, error) {
	var roots []*declaration
	for _, d := range s.all {
		if d.file == "conformance_test.go" && d.uses()[factory.names[0]] {
			roots = append(roots, d)
		}
	}
	if len(roots) == 0 {
		return nil, fmt.Errorf("there is no conformance test of %s", factory.names[0])
	}
	return s.needed((*declaration).isTest, roots...), nil
}

// paramsOf is the first value of a key Params in the tests.
func paramsOf(tests []*declaration) string {
	var text string
	for _, d := range tests {
		ast.Inspect(d.node, func(node ast.Node) bool {
			if pair, ok := node.(*ast.KeyValueExpr); ok && text == "" {
				if key, ok := pair.Key.(*ast.Ident); ok && key.Name == "Params" && d.uses()["methodtest"] {
					from, to := d.offsets(pair.Value)
					text = string(d.text[from:to])
				}
			}
			return text == ""
		})
	}
	return text
}

// file puts declarations together.
func (s *source) file(
	pkg, comment string, declarations []*declaration, factory *declaration, m Method,
) ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%spackage %s\n\n", comment, pkg)
	b.WriteString(importBlock(s.importsOf(declarations)))
	for _, d := range declarations {
		changes := d.renamed(factory.names[0], "Factory")
		if d == factory {
			changes = append(changes, register(d, m)...)
		}
		fmt.Fprintf(&b, "%s\n\n", d.write(changes))
	}
	return format.Source(b.Bytes())
}

// importBlock groups imports: the standard library, others, kontrast.
func importBlock(lines []string) string {
	groups := make([]string, 3)
	for _, line := range lines {
		group := 0
		switch {
		case strings.Contains(line, provenance.Kontrast):
			group = 2
		case strings.Contains(line, "."):
			group = 1
		}
		groups[group] += "\t" + line + "\n"
	}
	groups = slices.DeleteFunc(groups, func(group string) bool { return group == "" })
	if len(groups) == 0 {
		return ""
	}
	return "import (\n" + strings.Join(groups, "\n") + ")\n\n"
}

// registration is the literal of framework.Info by which a declaration registers the method; nil for none.
func registration(d *declaration, f framework.Factory) *ast.CompositeLit {
	var info *ast.CompositeLit
	ast.Inspect(d.node, func(node ast.Node) bool {
		literal, ok := node.(*ast.CompositeLit)
		if !ok {
			return info == nil
		}
		if selector, ok := literal.Type.(*ast.SelectorExpr); !ok || selector.Sel.Name != "Info" {
			return true
		}
		for _, element := range literal.Elts {
			pair, isPair := element.(*ast.KeyValueExpr)
			if !isPair {
				continue
			}
			key, _ := pair.Key.(*ast.Ident)
			value, _ := pair.Value.(*ast.BasicLit)
			if key != nil && value != nil && key.Name == "Name" && value.Value == strconv.Quote(f.Name) {
				info = literal
			}
		}
		return info == nil
	})
	return info
}

// register are the changes that make a registration the new method's.
func register(d *declaration, m Method) []change {
	info := registration(d, m.Like)
	values := map[string]string{
		"Name": strconv.Quote(m.Name), "Title": strconv.Quote(m.Name), "Paper": strconv.Quote("not published"),
		"From": "[]string{" + strconv.Quote(m.Like.Name) + "}", "Change": strconv.Quote("nothing yet"),
	}
	var changes []change
	seen := map[string]bool{}
	for i, element := range info.Elts {
		pair := element.(*ast.KeyValueExpr)
		key := pair.Key.(*ast.Ident).Name
		seen[key] = true
		from, to := d.offsets(pair.Value)
		switch value, replaced := values[key]; {
		case key == "Presets":
			from, _ = d.offsets(pair)
			to, _ = closing(d, info)
			if i+1 < len(info.Elts) {
				to, _ = d.offsets(info.Elts[i+1])
			}
			changes = append(changes, change{from, to, ""})
		case replaced:
			changes = append(changes, change{from, to, value})
		}
	}
	if !seen["From"] {
		from, _ := d.offsets(info.Elts[0])
		changes = append(changes, change{from, from, "From: " + values["From"] + ",\n"})
	}
	if docs := docOf(d.node); docs != nil {
		from, to := d.offsets(docs)
		changes = append(changes, change{from, to, "// Factory registers the method: see extensions.go."})
	}
	return changes
}

// closing is where the closing brace of a literal is.
func closing(d *declaration, literal *ast.CompositeLit) (from, to int) {
	at := d.tree.Position(literal.Rbrace).Offset
	return at, at + 1
}

func packageComment(pkg string, m Method) string {
	return fmt.Sprintf(`// Package %s is a method that starts as %s.
//
// What it is made from: %s
//
// A step calls the four hooks in their order: Positives embeds the views and
// pairs each anchor with what it shall be close to, Negatives says what it shall
// be far from, Loss makes a scalar of both, and Update is what happens after the
// optimizer's step. Change the hooks that your method changes.
`, pkg, m.Like.Title, m.Like.Paper)
}

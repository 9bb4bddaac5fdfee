package scaffold

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// source is a package's files, taken apart into declarations.
type source struct {
	all     []*declaration
	imports map[string]string // the lines of an import, by the name that the code uses
}

// declaration is one at the top level of a file, with all of its names.
type declaration struct {
	file  string // its name, without the folder
	names []string
	node  ast.Decl
	start token.Position // of its comment
	end   token.Position
	text  []byte // of the whole file
	tree  *token.FileSet
}

// parse reads the Go files of a folder.
func parse(files fs.FS, folder string) (*source, error) {
	found, err := fs.Glob(files, path.Join(folder, "*.go"))
	if err != nil {
		return nil, err
	}
	s := &source{imports: map[string]string{}}
	for _, name := range found {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, text, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		for _, spec := range file.Imports {
			s.addImport(spec)
		}
		for _, node := range file.Decls {
			if general, ok := node.(*ast.GenDecl); ok && general.Tok == token.IMPORT {
				continue
			}
			d := &declaration{file: path.Base(name), node: node, text: text, tree: set, names: namesOf(node)}
			d.start, d.end = set.Position(node.Pos()), set.Position(node.End())
			if doc := docOf(node); doc != nil {
				d.start = set.Position(doc.Pos())
			}
			s.all = append(s.all, d)
		}
	}
	if len(s.all) == 0 {
		return nil, fmt.Errorf("there is no Go source in %s", folder)
	}
	return s, nil
}

func (s *source) addImport(spec *ast.ImportSpec) {
	target, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		return
	}
	name, line := path.Base(target), spec.Path.Value
	if spec.Name != nil {
		name, line = spec.Name.Name, spec.Name.Name+" "+line
	}
	s.imports[name] = line
}

func docOf(node ast.Decl) *ast.CommentGroup {
	switch d := node.(type) {
	case *ast.GenDecl:
		return d.Doc
	case *ast.FuncDecl:
		return d.Doc
	}
	return nil
}

// namesOf are the names that a declaration is needed by: a method's is that of its type.
func namesOf(node ast.Decl) []string {
	var names []string
	switch d := node.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			return []string{d.Name.Name}
		}
		of := d.Recv.List[0].Type
		if pointer, ok := of.(*ast.StarExpr); ok {
			of = pointer.X
		}
		return []string{of.(*ast.Ident).Name}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				names = append(names, spec.Name.Name)
			case *ast.ValueSpec:
				for _, name := range spec.Names {
					names = append(names, name.Name)
				}
			}
		}
	}
	return names
}

func (d *declaration) isTest() bool { return strings.HasSuffix(d.file, "_test.go") }

// needed are the declarations that the roots need, themselves included, of those
// that may be taken, in the order of the source.
func (s *source) needed(may func(*declaration) bool, roots ...*declaration) []*declaration {
	taken := map[*declaration]bool{}
	queue := slices.Clone(roots)
	for len(queue) > 0 {
		d := queue[0]
		queue = queue[1:]
		if taken[d] {
			continue
		}
		taken[d] = true
		used := d.uses()
		for _, name := range d.names {
			used[name] = true // the methods of a type
		}
		for _, other := range s.all {
			if may(other) && slices.ContainsFunc(other.names, func(name string) bool { return used[name] }) {
				queue = append(queue, other)
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(s.all), func(d *declaration) bool { return !taken[d] })
}

// uses are the identifiers in a declaration, but for the registration's presets.
func (d *declaration) uses() map[string]bool {
	used := map[string]bool{}
	ast.Inspect(d.node, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.KeyValueExpr:
			if key, ok := node.Key.(*ast.Ident); ok && key.Name == "Presets" {
				return false
			}
		case *ast.Ident:
			used[node.Name] = true
		}
		return true
	})
	return used
}

// qualifies reports whether something of a package of that name is used.
func (d *declaration) qualifies(pkg string) bool {
	found := false
	ast.Inspect(d.node, func(node ast.Node) bool {
		if selector, ok := node.(*ast.SelectorExpr); ok {
			if of, ok := selector.X.(*ast.Ident); ok && of.Name == pkg {
				found = true
			}
		}
		return !found
	})
	return found
}

// importsOf are the lines of imports that declarations need.
func (s *source) importsOf(declarations []*declaration) []string {
	var lines []string
	for name, line := range s.imports {
		if slices.ContainsFunc(declarations, func(d *declaration) bool { return d.qualifies(name) }) {
			lines = append(lines, line)
		}
	}
	slices.Sort(lines)
	return lines
}

// change is text that takes the place of another in a declaration.
type change struct {
	from, to int // offsets in the file
	by       string
}

// write returns the declaration's text with changes.
func (d *declaration) write(changes []change) string {
	slices.SortFunc(changes, func(a, b change) int { return a.from - b.from })
	var b strings.Builder
	at := d.start.Offset
	for _, c := range changes {
		b.Write(d.text[at:c.from])
		b.WriteString(c.by)
		at = c.to
	}
	b.Write(d.text[at:d.end.Offset])
	return b.String()
}

// offsets are where a node begins and ends.
func (d *declaration) offsets(node ast.Node) (from, to int) {
	return d.tree.Position(node.Pos()).Offset, d.tree.Position(node.End()).Offset
}

// renamed are the changes that give an identifier another name.
func (d *declaration) renamed(name, to string) []change {
	var all []change
	ofOthers := map[ast.Node]bool{} // what stands after a dot
	ast.Inspect(d.node, func(node ast.Node) bool {
		if selector, ok := node.(*ast.SelectorExpr); ok {
			ofOthers[selector.Sel] = true
		}
		if identifier, ok := node.(*ast.Ident); ok && identifier.Name == name && !ofOthers[node] {
			start, end := d.offsets(identifier)
			all = append(all, change{start, end, to})
		}
		return true
	})
	return all
}

// Package lineage writes the family of the methods: what each took from which.
package lineage

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/internal/figure"
)

// Forms are the forms of the family of methods.
var Forms = []string{"text", "mermaid", "dot", "svg"}

// Write writes the methods and what each took from which.
func Write(methods []framework.Factory, form string) (string, error) {
	var b strings.Builder
	switch form {
	case "text":
		known := map[string]bool{}
		for _, f := range methods {
			known[f.Name] = true
		}
		for _, f := range methods {
			if !slices.ContainsFunc(f.From, func(name string) bool { return known[name] }) {
				branch(&b, methods, f, 0)
			}
		}
	case "mermaid":
		b.WriteString("graph TD\n")
		for _, f := range methods {
			fmt.Fprintf(&b, "  %s[\"%s\"]\n", node(f.Name), f.Name)
			for _, from := range f.From {
				fmt.Fprintf(&b, "  %s -->|\"%s\"| %s\n", node(from), strings.ReplaceAll(f.Change, `"`, "'"), node(f.Name))
			}
		}
	case "dot":
		b.WriteString("digraph methods {\n  rankdir=TB; node [shape=box];\n")
		for _, f := range methods {
			fmt.Fprintf(&b, "  %q;\n", f.Name)
			for _, from := range f.From {
				fmt.Fprintf(&b, "  %q -> %q [label=%q];\n", from, f.Name, f.Change)
			}
		}
		b.WriteString("}\n")
	case "svg":
		drawn, err := Draw(methods, figure.Options{})
		if err != nil {
			return "", err
		}
		if err := drawn.Write(&b, form); err != nil {
			return "", err
		}
	default:
		return "", fmt.Errorf("unknown graph %q; known graphs: %s", form, strings.Join(Forms, ", "))
	}
	return b.String(), nil
}

// Draw draws the methods and what each took from which.
func Draw(methods []framework.Factory, o figure.Options) (*figure.Figure, error) {
	var all []figure.Relative
	for _, f := range methods {
		all = append(all, figure.Relative{Name: f.Name, Year: year.FindString(f.Paper), From: f.From, Change: f.Change})
	}
	return figure.Family(all, o)
}

// year is that of a paper: the first in its citation.
var year = regexp.MustCompile(`\b(19|20)\d\d\b`)

// branch writes a method and, below it, those whose nearest relative it is.
func branch(b *strings.Builder, methods []framework.Factory, f framework.Factory, depth int) {
	line := strings.Repeat("  ", depth) + f.Name
	if f.Change != "" {
		line += ": " + f.Change
	}
	if len(f.From) > 1 {
		line += " (also from " + strings.Join(f.From[1:], ", ") + ")"
	}
	b.WriteString(line + "\n")
	for _, child := range methods {
		if len(child.From) > 0 && child.From[0] == f.Name {
			branch(b, methods, child, depth+1)
		}
	}
}

// node is a name that Mermaid takes.
func node(name string) string { return strings.NewReplacer("-", "_").Replace(name) }

// Gendocs writes the documentation pages of the methods from their
// registrations: one page a method, and an index of their four hooks.
//
// usage: gendocs FOLDER
package main

import (
	"fmt"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/augment"
	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/methods"
)

const generated = "<!-- Generated from the registrations in methods/ by internal/gendocs. Do not edit. -->\n\n"

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: gendocs FOLDER")
	}
	folder := os.Args[1]
	if err := os.MkdirAll(folder, 0o755); err != nil {
		log.Fatal(err)
	}
	pages := map[string]string{"README.md": index(methods.Builtin())}
	for _, f := range methods.Builtin() {
		text, err := page(f)
		if err != nil {
			log.Fatal(err)
		}
		pages[f.Name+".md"] = text
	}
	if err := removeOthers(folder, pages); err != nil {
		log.Fatal(err)
	}
	for name, text := range pages {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			log.Fatal(err)
		}
	}
}

// removeOthers removes the pages of methods that are no more.
func removeOthers(folder string, pages map[string]string) error {
	found, err := filepath.Glob(filepath.Join(folder, "*.md"))
	if err != nil {
		return err
	}
	for _, path := range found {
		if _, kept := pages[filepath.Base(path)]; !kept {
			if err := os.Remove(path); err != nil {
				return err
			}
		}
	}
	return nil
}

func index(factories []framework.Factory) string {
	var b strings.Builder
	b.WriteString(generated + "# The methods\n\nWhat is positive, what is negative, what is minimised, what happens after the step.\n\n")
	b.WriteString("| method | positives | negatives | loss | update |\n|---|---|---|---|---|\n")
	for _, f := range factories {
		fmt.Fprintf(&b, "| [%s](%s.md) | %s | %s | %s | %s |\n", f.Name, f.Name, f.Hooks.Positives, f.Hooks.Negatives, f.Hooks.Loss, f.Hooks.Update)
	}
	return b.String()
}

func page(f framework.Factory) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s# %s (`%s`)\n\n%s\n\n", generated, f.Title, f.Name, f.Paper)
	fmt.Fprintf(&b, "- **positives:** %s\n- **negatives:** %s\n- **loss:** %s\n- **update:** %s\n\n", f.Hooks.Positives, f.Hooks.Negatives, f.Hooks.Loss, f.Hooks.Update)
	fmt.Fprintf(&b, "Views: recipe `%s` (%s).\n\n", f.Recipe, augment.Doc(f.Recipe))
	fmt.Fprintf(&b, "## Hyperparameters\n\n%s\n", config.Markdown(config.Describe(f.Defaults())))
	names, err := presets(f)
	if err != nil || len(names) == 0 {
		return b.String(), err
	}
	fmt.Fprintf(&b, "## Presets\n\n`kontrast config new %s --preset NAME` prints one: %s.\n", f.Name, strings.Join(names, ", "))
	return b.String(), nil
}

func presets(f framework.Factory) (names []string, err error) {
	if f.Presets == nil {
		return nil, nil
	}
	files, err := fs.Glob(f.Presets, "*.yaml")
	for _, file := range files {
		names = append(names, "`"+strings.TrimSuffix(file, ".yaml")+"`")
	}
	return names, err
}

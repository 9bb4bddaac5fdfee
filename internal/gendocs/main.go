// Gendocs writes the documentation pages of the methods from their
// registrations: one page a method, and an index of their four hooks.
//
// usage: gendocs FOLDER
package main

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/augment"
	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/internal/figure"
	family "github.com/kontrast-ml/kontrast/internal/lineage"
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
	for name, theme := range map[string]figure.Theme{"family.svg": figure.Light, "family-dark.svg": figure.Dark} {
		drawn, err := family.Draw(methods.Builtin(), figure.Options{Theme: theme})
		if err != nil {
			log.Fatal(err)
		}
		var b strings.Builder
		if err := drawn.Write(&b, "svg"); err != nil {
			log.Fatal(err)
		}
		pages[name] = b.String()
	}
	for name, text := range pages {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			log.Fatal(err)
		}
	}
}

// removeOthers removes the pages of methods that are no more, but no page that is written by hand.
func removeOthers(folder string, pages map[string]string) error {
	found, err := filepath.Glob(filepath.Join(folder, "*.md"))
	if err != nil {
		return err
	}
	for _, path := range found {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if _, kept := pages[filepath.Base(path)]; !kept && strings.HasPrefix(string(text), generated) {
			if err := os.Remove(path); err != nil {
				return err
			}
		}
	}
	return nil
}

func index(factories []framework.Factory) string {
	var b strings.Builder
	b.WriteString(generated + "# The methods\n\nWhat is positive, what is negative, what is minimized, what happens after the step.\n")
	b.WriteString("How to add one of your own, in a module of your own: [authoring.md](authoring.md).\n\n")
	b.WriteString("| method | positives | negatives | loss | update |\n|---|---|---|---|---|\n")
	for _, f := range factories {
		fmt.Fprintf(&b, "| [%s](%s.md) | %s | %s | %s | %s |\n", f.Name, f.Name, f.Hooks.Positives, f.Hooks.Negatives, f.Hooks.Loss, f.Hooks.Update)
	}
	b.WriteString("\n## What each took from which\n\n<picture><source media=\"(prefers-color-scheme: dark)\" srcset=\"family-dark.svg\">" +
		"<img src=\"family.svg\" alt=\"Which method builds on which, and what it changed\"></picture>\n\n" +
		"`kontrast plot family` draws it, `kontrast methods --graph` prints it as text, and for Mermaid and Graphviz.\n")
	b.WriteString(training)
	return b.String()
}

const training = `
## How a comparison trains them

All by the same settings, unless asked otherwise: AdamW, an epoch of warm-up, learning rate
0.001 for batches of 128 (in proportion for others) on half a cosine, weight decay 0.0005
but on biases and normalization parameters. Adam's steps do not depend on the scale of the
loss, which differs by orders of magnitude between methods, and train residual networks and
vision transformers alike. Views are those of each method's paper. So a difference between
two methods is one of the methods, but some are further from their best settings than others.

With ` + "`--preset NAME`" + ` each starts from its own published settings, optimizer and learning
rate among them. Then a difference is one between methods as published; warm-up and
milestones keep their share of a training that is made shorter.

Under its tables ` + "`kontrast compare`" + ` says which way each method was trained, and the
configuration of every run is in the database (view ` + "`run_params`" + `).
`

// lineage says what the method builds on and what it changed of that.
func lineage(f framework.Factory) string {
	if len(f.From) == 0 {
		return fmt.Sprintf("New in it: %s.\n\n", f.Change)
	}
	links := make([]string, len(f.From))
	for i, name := range f.From {
		links[i] = fmt.Sprintf("[%s](%s.md)", name, name)
	}
	return fmt.Sprintf("Builds on %s. What it changed: %s.\n\n", strings.Join(links, ", "), f.Change)
}

func page(f framework.Factory) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s# %s (`%s`)\n\n%s\n\n", generated, f.Title, f.Name, f.Paper)
	fmt.Fprintf(&b, "- **positives:** %s\n- **negatives:** %s\n- **loss:** %s\n- **update:** %s\n\n", f.Hooks.Positives, f.Hooks.Negatives, f.Hooks.Loss, f.Hooks.Update)
	b.WriteString(lineage(f))
	if f.Head != "" {
		fmt.Fprintf(&b, "Head: %s.\n\n", f.Head)
	}
	fmt.Fprintf(&b, "Views: recipe `%s` (%s)", f.Recipe, augment.Doc(f.Recipe))
	if small := f.RecipeFor(32); small != f.Recipe {
		fmt.Fprintf(&b, "; for images of up to 64 pixels `%s` (%s)", small, augment.Doc(small))
	}
	b.WriteString(".\n\n")
	if f.Patches {
		b.WriteString("Backbones: those with patches, vision transformers.\n\n")
	}
	fmt.Fprintf(&b, "## Hyperparameters\n\n%s\n", config.Markdown(config.Describe(f.Defaults())))
	if len(f.PresetNames()) == 0 {
		return b.String(), nil
	}
	fmt.Fprintf(&b, "## Presets\n\n`kontrast config new %s --preset NAME` prints one; `run` and `compare` start from it by the same flag.\n\n", f.Name)
	for _, name := range f.PresetNames() {
		_, comment, err := f.Preset(name)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "- `%s`: %s\n", name, comment)
	}
	return b.String(), nil
}

package cli

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kontrast-ml/kontrast/backbones"
	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/framework/provenance"
	"github.com/kontrast-ml/kontrast/internal/eval"
	"github.com/kontrast-ml/kontrast/internal/experiment"
	"github.com/kontrast-ml/kontrast/internal/lineage"
	"github.com/kontrast-ml/kontrast/internal/mix"
	"github.com/kontrast-ml/kontrast/internal/report"
)

func (c *command) methods() *cobra.Command {
	var graph string
	var mixes bool
	cmd := explain(c, "method", "List the methods, or explain one",
		func(catalog experiment.Catalog) *framework.Registry[framework.Factory] { return catalog.Methods },
		[]string{"method", "positives", "negatives", "loss", "update", "backbones", "module"},
		func(f framework.Factory) []any {
			return []any{f.Name, f.Hooks.Positives, f.Hooks.Negatives, f.Hooks.Loss, f.Hooks.Update, kindOfBackbone(f),
				f.Provenance().String()}
		},
		describeMethod, c.methodNames)
	cmd.Flags().StringVar(
		&graph, "graph", "", "print the family of the methods, what each took from which: "+strings.Join(lineage.Forms, ", "),
	)
	cmd.Flags().Lookup("graph").NoOptDefVal = "text"
	completeFlags(cmd, map[string]names{"graph": func(*cobra.Command) []string { return lineage.Forms }})
	cmd.Flags().BoolVar(&mixes, "mixes", false, "print which hooks of which methods go together")
	cmd.MarkFlagsMutuallyExclusive("graph", "mixes")
	list := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if mixes {
			return c.mixes(args)
		}
		if len(args) == 1 && mix.Is(args[0]) && args[0] != mix.Name {
			return c.explainMix(args[0])
		}
		if !cmd.Flags().Changed("graph") {
			return list(cmd, args)
		}
		if len(args) > 0 {
			return usageError{fmt.Errorf("--graph shows all methods; leave out %q, or write --graph=%s", args[0], args[0])}
		}
		catalog, err := c.catalog()
		if err != nil {
			return err
		}
		text, err := lineage.Write(catalog.Methods.All(), graph)
		if err != nil {
			return usageError{err}
		}
		_, err = io.WriteString(c.stdout, text)
		return err
	}
	return cmd
}

// kindOfBackbone says what a method needs of its backbone.
func kindOfBackbone(f framework.Factory) string {
	switch {
	case f.Patches:
		return "patches"
	case f.Maps:
		return "maps"
	}
	return "any"
}

func (c *command) backbones() *cobra.Command {
	return explain(c, "backbone", "List the backbones, or explain one",
		func(catalog experiment.Catalog) *framework.Registry[backbones.Factory] { return catalog.Backbones },
		[]string{"backbone", "what it is", "module"},
		func(f backbones.Factory) []any { return []any{f.Name, f.Doc, f.Provenance().String()} },
		func(f backbones.Factory) (description, error) {
			return description{
				Name: f.Name, Doc: f.Doc, source: sourceOf(f.Provenance()), Parameters: config.Describe(f.Defaults()),
			}, nil
		}, c.backboneNames)
}

func (c *command) datasets() *cobra.Command {
	return explain(c, "dataset", "List the data sets, or explain one",
		func(catalog experiment.Catalog) *framework.Registry[data.Factory] { return catalog.Datasets },
		[]string{"dataset", "what it is", "module"},
		func(f data.Factory) []any { return []any{f.Name, f.Doc, f.Provenance().String()} },
		func(f data.Factory) (description, error) {
			return description{
				Name: f.Name, Doc: f.Doc, source: sourceOf(f.Provenance()), Parameters: config.Describe(f.Defaults()),
			}, nil
		}, c.datasetNames)
}

func (c *command) protocols() *cobra.Command {
	return explain(c, "protocol", "List the protocols of evaluations, or explain one",
		func(experiment.Catalog) *framework.Registry[eval.Named] { return eval.Protocols() },
		[]string{"protocol", "what it measures"},
		func(p eval.Named) []any { return []any{p.Name, p.Doc} },
		describeProtocol, func(*cobra.Command) []string { return eval.Protocols().Names() })
}

// settingsOf are the sections of the configuration that protocols read.
var settingsOf = map[string]string{
	"knn": "knn", "linear": "linear", "linear-grid": "linear_grid", "linear-grid-bn": "linear_grid",
}

func describeProtocol(p eval.Named) (description, error) {
	d := description{Name: p.Name, Doc: p.Doc + ".\n" + p.Detail, Paper: "Source: " + p.Source}
	section, ok := settingsOf[p.Name]
	for _, field := range config.Describe(experiment.Defaults()) {
		if ok && strings.HasPrefix(field.Path, "eval."+section+".") {
			d.Parameters = append(d.Parameters, field)
		}
	}
	d.Use = fmt.Sprintf(
		"Use: --set eval.protocols=[knn,%s], or eval: {protocols: [knn, %s]} in a configuration", p.Name, p.Name,
	)
	return d, nil
}

// explain makes the command that lists what there is of a kind, or describes one.
func explain[F interface{ Key() string }](
	c *command, kind, short string, registry func(experiment.Catalog) *framework.Registry[F],
	columns []string, row func(F) []any, describe func(F) (description, error), complete names,
) *cobra.Command {
	return &cobra.Command{
		Use:               kind + "s [NAME]",
		GroupID:           "know",
		Short:             short,
		Args:              arguments(0, "NAME"),
		ValidArgsFunction: completeArgument(complete),
		RunE: func(_ *cobra.Command, args []string) error {
			catalog, err := c.catalog()
			if err != nil {
				return err
			}
			known := registry(catalog)
			if len(args) == 0 {
				table := report.Table{Columns: columns}
				for _, factory := range known.All() {
					table.Rows = append(table.Rows, row(factory))
				}
				return c.print(table)
			}
			factory, err := known.Get(args[0])
			if err != nil {
				return usageError{err}
			}
			d, err := describe(factory)
			if err != nil {
				return err
			}
			if c.json {
				return writeJSON(c.stdout, d)
			}
			return d.write(c.stdout)
		},
	}
}

// source says where a method, a backbone or a data set is from.
type source struct {
	Module  string `json:"module,omitempty"`  // its path
	Version string `json:"version,omitempty"` // of the module
	plugin  string // module@version; empty if it is built in
}

func sourceOf(from provenance.Provenance) source {
	o := source{Module: from.Module, Version: from.Version}
	if !from.BuiltIn() {
		o.plugin = from.String()
	}
	return o
}

// description is what there is to know of a method, a backbone or a data set.
type description struct {
	Name      string           `json:"name"`
	Doc       string           `json:"doc"`
	Paper     string           `json:"paper,omitempty"`
	From      []string         `json:"from,omitempty"`
	Change    string           `json:"change,omitempty"`
	Hooks     *framework.Hooks `json:"hooks,omitempty"`
	Head      string           `json:"head,omitempty"`
	Recipe    string           `json:"recipe,omitempty"`
	Backbones string           `json:"backbones,omitempty"` // those that it needs; empty for any
	source
	Presets    []presetInfo   `json:"presets,omitempty"`
	Use        string         `json:"use,omitempty"`
	Parameters []config.Field `json:"parameters"`
}

func describeMethod(f framework.Factory) (description, error) {
	d := description{
		Name: f.Name, Doc: f.Title, Paper: f.Paper, From: f.From, Change: f.Change, Hooks: &f.Hooks, Head: f.Head,
		Recipe: f.Recipe, source: sourceOf(f.Provenance()),
		Parameters: config.Describe(f.Defaults()),
	}
	switch kindOfBackbone(f) {
	case "patches":
		d.Backbones = "those with patches: vision transformers"
	case "maps":
		d.Backbones = "those with a map of features: all built-in networks for images but clip-resnet"
	}
	for _, name := range f.PresetNames() {
		_, doc, err := f.Preset(name)
		if err != nil {
			return d, err
		}
		d.Presets = append(d.Presets, presetInfo{name, doc})
	}
	return d, nil
}

// presetInfo describes a preset of a method.
type presetInfo struct {
	Name string `json:"name"`
	Doc  string `json:"doc"` // the comment that it begins with
}

func (d description) write(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n", d.Name, d.Doc)
	if d.Paper != "" {
		fmt.Fprintf(&b, "%s\n", d.Paper)
	}
	if d.plugin != "" {
		fmt.Fprintf(&b, "not built in: it is of %s\n", d.plugin)
	}
	if d.Use != "" {
		fmt.Fprintf(&b, "%s\n", d.Use)
	}
	if d.Hooks != nil {
		b.WriteString("\n")
		for _, line := range [][2]string{
			{"positives", d.Hooks.Positives}, {"negatives", d.Hooks.Negatives}, {"loss", d.Hooks.Loss},
			{"update", d.Hooks.Update},
			{"head", d.Head}, {"views", "recipe " + d.Recipe}, {"backbones", d.Backbones}, {"from", strings.Join(d.From, ", ")},
			{"change", d.Change},
		} {
			if line[1] != "" {
				fmt.Fprintf(&b, "  %-9s  %s\n", line[0], line[1])
			}
		}
	}
	if len(d.Presets) > 0 {
		fmt.Fprintf(&b, "\nPresets, for --method %s --preset NAME:\n", d.Name)
		for _, p := range d.Presets {
			fmt.Fprintf(&b, "  %-9s  %s\n", p.Name, p.Doc)
		}
	}
	if len(d.Parameters) > 0 {
		b.WriteString("\nParameters:\n")
	}
	for _, f := range d.Parameters {
		writeField(&b, f)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// writeField describes a parameter in a paragraph, which stays readable on a narrow terminal.
func writeField(b *strings.Builder, f config.Field) {
	allowed := cmp.Or(f.Range, strings.Join(f.OneOf, " | "))
	if allowed != "" {
		allowed = " " + allowed
	}
	standard := ", default " + cmp.Or(f.Default, "empty")
	if f.Required {
		standard = ", must be given"
	}
	fmt.Fprintf(b, "  %s: %s%s%s\n      %s\n", f.Path, f.Type, allowed, standard, f.Doc)
	if f.Source != "" {
		fmt.Fprintf(b, "      source: %s\n", f.Source)
	}
}

package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/renameio/v2"
	"github.com/spf13/cobra"

	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/internal/figure"
	"github.com/kontrast-ml/kontrast/internal/gallery"
	"github.com/kontrast-ml/kontrast/internal/store"
)

func (c *command) plot() *cobra.Command {
	var request gallery.Request
	var output, theme string
	kinds := gallery.Kinds()
	cmd := &cobra.Command{
		Use:     "plot KIND STUDY|RUN",
		GroupID: "results",
		Short:   "Draw a figure of a study or a run as SVG, PNG or PDF",
		Long:    "Draw a figure of a study or a run. A method has the same color and shape in all\nfigures.\n\n" + kindList(),
		Example: `  kontrast plot ranking default
  kontrast plot forest cifar10 --evaluation knn --baseline simclr -o forest.pdf
  kontrast plot curves default --metric loss -o loss.png --theme dark`,
		Args: arguments(2, "KIND", "STUDY|RUN"),
		RunE: func(cmd *cobra.Command, args []string) error {
			kind, err := kinds.Get(args[0])
			if err != nil {
				return usageError{err}
			}
			request.Subject = args[1]
			if request.Options.Theme, err = figure.ParseTheme(theme); err != nil {
				return usageError{err}
			}
			if err := request.Options.Validate(); err != nil {
				return usageError{err}
			}
			output = cmp.Or(output, fileName(request.Subject+"-"+kind.Name)+".svg")
			format, err := figureFormat(output)
			if err != nil {
				return usageError{err}
			}
			var drawn *figure.Figure
			err = c.withStore(cmd.Context(), func(s *store.Store) error {
				drawn, err = kind.Draw(cmd.Context(), s, request)
				return err
			})
			if err != nil {
				return err
			}
			return c.writeFile(output, func(w io.Writer) error { return drawn.Write(w, format) })
		},
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
			switch len(args) {
			case 0:
				return kinds.Names(), cobra.ShellCompDirectiveNoFileComp
			case 1:
				return slices.Concat(c.studyNames(cmd), c.runNames(cmd)), cobra.ShellCompDirectiveNoFileComp
			}
			return nil, cobra.ShellCompDirectiveNoFileComp
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&output, "output", "o", "", "file to write, ending in .svg, .png or .pdf; - for SVG on standard output (default STUDY-KIND.svg)")
	flags.StringVar(&request.Metric, "metric", "", "metric to draw (default top1; of curves: loss)")
	flags.StringVar(&request.Evaluation, "evaluation", "", "kind of evaluation, such as linear or knn, or a whole protocol (default the first of linear, knn)")
	flags.StringVar(&request.Dataset, "dataset", "", "only what was trained on this data set")
	flags.StringVar(&request.Backbone, "backbone", "", "only this backbone")
	flags.StringSliceVar(&request.Methods, "methods", nil, "only these methods, separated by commas")
	flags.StringVar(&request.Baseline, "baseline", "", "method that the others are compared with (default untrained)")
	flags.StringVar(&request.Options.Title, "title", "", "title above the figure")
	flags.StringVar(&theme, "theme", string(figure.Light), strings.Join(figure.Themes, " or "))
	flags.Float64Var(&request.Options.Width, "width", 0, "width in centimeters (default the kind's own)")
	flags.Float64Var(&request.Options.Height, "height", 0, "height in centimeters (default the kind's own)")
	flags.BoolVar(&request.Options.LogY, "log", false, "logarithmic values of curves")
	completeFlags(cmd, map[string]names{
		"methods": c.methodNames, "baseline": c.methodNames, "backbone": c.backboneNames, "dataset": c.datasetNames,
		"theme": func(*cobra.Command) []string { return figure.Themes },
	})
	return cmd
}

// kindList explains the kinds of figures.
func kindList() string {
	var b strings.Builder
	b.WriteString("Kinds:\n")
	for _, kind := range gallery.Kinds().All() {
		fmt.Fprintf(&b, "  %-11s %s\n", kind.Name, kind.Doc)
	}
	return strings.TrimRight(b.String(), "\n")
}

// figureFormat is the format that a file's name asks for.
func figureFormat(path string) (string, error) {
	if path == "-" {
		return "svg", nil
	}
	ending := strings.ToLower(strings.TrimPrefix(filepath.Ext(path), "."))
	if !slices.Contains(figure.Formats, ending) {
		message := fmt.Sprintf("%s: a figure's file ends in .%s", path, strings.Join(figure.Formats, ", ."))
		if nearest, ok := config.Nearest(ending, figure.Formats); ok && ending != "" {
			message += fmt.Sprintf("; did you mean .%s?", nearest)
		}
		return "", errors.New(message)
	}
	return ending, nil
}

// fileName makes a name for a file of a study's, which may have any characters.
func fileName(name string) string {
	safe := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_', r == '.':
			return r
		}
		return '_'
	}, name)
	return strings.TrimLeft(safe, ".-")
}

// writeFile writes a file whole or not at all, and prints its path; - is
// standard output.
func (c *command) writeFile(path string, write func(io.Writer) error) error {
	if path == "-" {
		return write(c.stdout)
	}
	file, err := renameio.NewPendingFile(path, renameio.WithPermissions(0o644))
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	defer file.Cleanup()
	if err := write(file); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := file.CloseAtomicallyReplace(); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if c.json {
		return writeJSON(c.stdout, map[string]any{"file": path})
	}
	_, err = fmt.Fprintln(c.stdout, path)
	return err
}

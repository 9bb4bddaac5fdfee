package cli

import (
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
	var out drawing
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
			return out.write(c, request.Subject+"-"+kind.Name, func(o figure.Options) (drawn *figure.Figure, err error) {
				o.LogY = request.Options.LogY
				request.Options = o
				err = c.withStore(cmd.Context(), func(s *store.Store) error {
					drawn, err = kind.Draw(cmd.Context(), s, request)
					return err
				})
				return drawn, err
			})
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
	flags.StringVar(&request.Metric, "metric", "", "metric to draw (default top1; of curves: loss)")
	flags.StringVar(&request.Evaluation, "evaluation", "",
		"kind of evaluation, such as linear or knn, or a whole protocol (default the first of linear, knn)")
	flags.StringVar(&request.Dataset, "dataset", "", "only what was trained on this data set")
	flags.StringVar(&request.Backbone, "backbone", "", "only this backbone")
	flags.StringSliceVar(&request.Methods, "methods", nil, "only these methods, separated by commas")
	flags.StringVar(&request.Baseline, "baseline", "", "method that the others are compared with (default untrained)")
	flags.StringSliceVar(&request.Versus, "versus", nil, "of transfer: bars of the first minus the second, each a "+
		"method and a kind of evaluation, such as 'clip zero-shot,simclr linear'")
	flags.BoolVar(&request.Parallel, "parallel", false, "of parameters: parallel coordinates, a line for each run")
	flags.BoolVar(&request.Options.LogY, "log", false, "logarithmic values of curves")
	out.register(cmd)
	cmd.AddCommand(
		c.plotViews(), c.plotFamily(), c.plotEmbedding(), c.plotNeighbors(), c.plotPositions(), c.plotAttention(),
	)
	completeFlags(cmd, map[string]names{
		"methods": c.methodNames, "baseline": c.methodNames, "backbone": c.backboneNames, "dataset": c.datasetNames,
	})
	return cmd
}

// kindList explains the kinds of figures.
func kindList() string {
	var b strings.Builder
	b.WriteString("Kinds:\n")
	for _, kind := range gallery.Kinds().All() {
		fmt.Fprintf(&b, "  %-19s  %s\n", kind.Name, kind.Doc)
	}
	for _, kind := range [][2]string{
		{"views", "what a recipe makes of some images, before any training"},
		{"embedding", "maps of the features of test images by t-SNE or PCA, colored by class or factor"},
		{"neighbors", "test images with their nearest others by two runs, where the two disagree"},
		{"positions", "how alike the position embeddings of a vision transformer are"},
		{"family", "which method builds on which"},
		{"attention", "what the class token of a vision transformer attends to, by head"},
	} {
		fmt.Fprintf(&b, "  %-19s  %s: kontrast plot %[1]s --help\n", kind[0], kind[1])
	}
	return strings.TrimSuffix(b.String(), "\n")
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

package cli

import (
	"cmp"
	"errors"
	"io"

	"github.com/spf13/cobra"

	"github.com/kontrast-ml/kontrast/internal/gallery"
	"github.com/kontrast-ml/kontrast/internal/store"
	"github.com/kontrast-ml/kontrast/internal/web"
)

func (c *command) reportCommand() *cobra.Command {
	var output string
	var options web.ReportOptions
	cmd := &cobra.Command{
		Use:     "report STUDY",
		GroupID: "results",
		Short:   "Write a report of a study: one HTML file that opens anywhere",
		Long: `Write a report of a study as one HTML file, which needs no network and nothing
else: the verdict in sentences, the ranking with intervals, who beats whom, what it
cost, curves, where methods disagree, and how the numbers were made. In a browser
methods, baseline, evaluation and seeds can be chosen; every number shows the SQL
that gives it, and tables and figures copy as CSV, LaTeX and SVG.`,
		Example: `  kontrast report default
  kontrast report cifar10 --sql -o cifar10.html`,
		Args:              arguments(1, "STUDY"),
		ValidArgsFunction: completeArgument(c.studyNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			if output == "-" {
				return usageError{errors.New("a report is a file; name it with --output")}
			}
			return c.withStore(cmd.Context(), func(s *store.Store) error {
				if err := gallery.CheckStudy(cmd.Context(), s, args[0]); err != nil {
					return err
				}
				path := cmp.Or(output, fileName(args[0])+".html")
				return c.writeFile(path, func(w io.Writer) error { return web.WriteReport(cmd.Context(), w, s, args[0], options) })
			})
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "file to write (default STUDY.html)")
	cmd.Flags().BoolVar(&options.SQL, "sql", false, "put SQLite into the file, for asking its tables with SQL (0.9 MB)")
	return cmd
}

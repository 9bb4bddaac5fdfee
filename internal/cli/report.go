package cli

import (
	"cmp"
	"context"
	"errors"
	"io"

	"github.com/spf13/cobra"

	"github.com/kontrast-ml/kontrast/internal/compare"
	"github.com/kontrast-ml/kontrast/internal/gallery"
	"github.com/kontrast-ml/kontrast/internal/store"
	"github.com/kontrast-ml/kontrast/internal/web"
)

func (c *command) reportCommand() *cobra.Command {
	var output string
	var options web.ReportOptions
	networks := looking{command: c}
	images := false
	cmd := &cobra.Command{
		Use:     "report STUDY",
		GroupID: "results",
		Short:   "Write a report of a study: one HTML file that opens anywhere",
		Long: `Write a report of a study as one HTML file, which needs no network and nothing
else: the verdict in sentences, the ranking with intervals, who beats whom, what it
cost, curves, where methods disagree, and how the numbers were made. In a browser
methods, baseline, evaluation and seeds can be chosen; every number shows the SQL
that gives it, and tables and figures copy as CSV, LaTeX and SVG.

With --images it has test images that methods disagree on, and maps of the features
of a run of each method. They need the runs' checkpoints and images; runs without
are left out, and the report says so.`,
		Example: `  kontrast report default
  kontrast report cifar10 --images --set dataset.path=/mnt/cifar10
  kontrast report cifar10 --sql -o cifar10.html`,
		Args:              arguments(1, "STUDY"),
		ValidArgsFunction: completeArgument(c.studyNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			if output == "-" {
				return usageError{errors.New("a report is a file; name it with --output")}
			}
			if err := changeable(networks.changes.Set); err != nil {
				return err
			}
			ctx, study := cmd.Context(), args[0]
			judged := false
			err := c.withStore(ctx, func(s *store.Store) (err error) {
				if err = gallery.CheckStudy(ctx, s, study); err == nil {
					judged, err = web.Judged(ctx, s, study)
				}
				return err
			})
			if err == nil && !judged {
				err = c.recordVerdicts(ctx, study, compare.DefaultMargin)
			}
			if err != nil {
				return err
			}
			path := cmp.Or(output, fileName(study)+".html")
			write := func(s *store.Store) error {
				return c.writeFile(path, func(w io.Writer) error { return web.WriteReport(ctx, w, s, study, options) })
			}
			if images {
				return networks.withNetworks(ctx, &options, write)
			}
			return c.withStore(ctx, write)
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "file to write (default STUDY.html)")
	cmd.Flags().BoolVar(&options.SQL, "sql", false, "put SQLite into the file, for asking its tables with SQL (0.5 MB)")
	cmd.Flags().BoolVar(
		&images, "images", false, "put in test images and maps of the features, from the runs' checkpoints and images",
	)
	changeFlags(cmd, &networks.changes, "dataset.path=DIR, where the images are now (with --images)")
	return cmd
}

// withNetworks calls write with options that open the networks of runs.
func (l *looking) withNetworks(ctx context.Context, options *web.ReportOptions, write func(*store.Store) error) error {
	a, release, err := l.start(ctx)
	if err != nil {
		return err
	}
	defer release()
	options.Open = l.opener(a)
	options.Skipped = func(why string) { l.note("left out of images and maps: %s", why) }
	return write(a.Store)
}

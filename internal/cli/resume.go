package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/kontrast-ml/kontrast/internal/store"
)

func (c *command) resume() *cobra.Command {
	var set []string
	cmd := &cobra.Command{
		Use:     "resume RUN",
		GroupID: "work",
		Short:   "Resume a run that was interrupted or killed",
		Long: `Resume a run from its latest checkpoint. The results are the same, bit for bit, as
those of a run that was never interrupted. If only the evaluation of a run failed,
or the run is a baseline, only the evaluation is made. --set says where the images
are if they have moved (dataset.path). RUN is a name or a number (see: kontrast
runs).`,
		Args:              arguments(1, "RUN"),
		ValidArgsFunction: completeArgument(c.runNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := changeable(set, "train.workers", "train.checkpoint."); err != nil {
				return err
			}
			a, release, err := c.start(cmd.Context())
			if err != nil {
				return err
			}
			defer release()
			run, err := a.Store.FindRun(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if run.State == store.Finished {
				return usageError{hinted{fmt.Errorf("run %s has finished: there is nothing to resume", run.Name), "see: kontrast show " + run.Name}}
			}
			outcome, err := a.Runner.Resume(cmd.Context(), run.ID, set...)
			return c.finish(outcome, err)
		},
	}
	cmd.Flags().StringArrayVar(&set, "set", nil, "change where the data are, as in --set dataset.path=DIR")
	return cmd
}

// withStore runs work on the results, read-only.
func (c *command) withStore(ctx context.Context, work func(*store.Store) error) error {
	s, err := store.Open(ctx, c.options.Database, store.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer s.Close()
	return work(s)
}

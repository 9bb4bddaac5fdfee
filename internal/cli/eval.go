package cli

import (
	"github.com/spf13/cobra"

	"github.com/kontrast-ml/kontrast/internal/experiment"
)

func (c *command) evaluate() *cobra.Command {
	var changes experiment.Changes
	cmd := &cobra.Command{
		Use:     "eval RUN",
		GroupID: "work",
		Short:   "Evaluate the checkpoint of a run again, by another protocol",
		Long: `Evaluate the latest checkpoint of a run, or the untrained backbone of a baseline,
and store the scores with the run, next to the protocol that they were measured
by. The settings are those of the run; --set changes settings of the section eval,
or where the images are if they have moved (dataset.path). RUN is a name or a
number (see: kontrast runs).`,
		Example: `  kontrast eval simclr-3 --set eval.knn.k=20 --set eval.linear.skip=true
  kontrast eval simclr-3 --set dataset.path=/mnt/photos`,
		Args:              arguments(1, "RUN"),
		ValidArgsFunction: completeArgument(c.runNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := changeable(changes.Set, "eval."); err != nil {
				return err
			}
			a, run, release, err := c.workOn(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			defer release()
			outcome, err := a.Runner.Evaluate(cmd.Context(), run.ID, changes)
			if err != nil {
				return err
			}
			c.refreshVerdicts(cmd.Context(), a.Store, run.Study)
			return c.printOutcome(outcome)
		},
	}
	changeFlags(cmd, &changes, "eval.knn.k=20, or where the images are now: --set dataset.path=DIR")
	return cmd
}

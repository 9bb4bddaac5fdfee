package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/kontrast-ml/kontrast/internal/experiment"
	"github.com/kontrast-ml/kontrast/internal/store"
)

func (c *command) resume() *cobra.Command {
	var changes experiment.Changes
	var epochs int
	var schedule string
	cmd := &cobra.Command{
		Use:     "resume RUN",
		GroupID: "work",
		Short:   "Resume a run that was interrupted or killed",
		Long: `Resume a run from its latest checkpoint. The results are the same, bit for bit, as
those of a run that was never interrupted. If only the evaluation of a run failed,
or the run is a baseline, only the evaluation is made. --set says where the images
are if they have moved (dataset.path). RUN is a name or a number (see: kontrast
runs).

With --epochs N a finished run is trained further, until it has N epochs, as a new
run that names it as its parent. With a constant learning rate the new run gives
the results of a run of N epochs, bit for bit. Any other schedule has come to its
end, and --schedule says how it continues:

  restart  begin the schedules again for the additional epochs, with their warm-up
  stretch  continue as if the schedules had been made for N epochs`,
		Example: `  kontrast resume simclr-3
  kontrast resume simclr-3 --epochs 200 --schedule restart`,

		Args:              arguments(1, "RUN"),
		ValidArgsFunction: completeArgument(c.runNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := changeable(changes.Set, "train.workers", "train.checkpoint."); err != nil {
				return err
			}
			if cmd.Flags().Changed("epochs") && epochs < 1 || schedule != "" && epochs == 0 {
				return usageError{fmt.Errorf("--epochs %d: expected the number of epochs to train to, 1 or more", epochs)}
			}
			a, run, release, err := c.workOn(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			defer release()
			if epochs > 0 {
				outcome, err := a.Runner.Extend(cmd.Context(), run.ID, epochs, schedule, changes)
				return c.finish(cmd.Context(), a, run.Study, outcome, err)
			}
			if run.State == store.Finished {
				return usageError{hinted{fmt.Errorf("run %s has finished: there is nothing to resume", run.Name),
					fmt.Sprintf("see: kontrast show %s; to train it longer: kontrast resume %s --epochs N", run.Name, run.Name)}}
			}
			outcome, err := a.Runner.Resume(cmd.Context(), run.ID, changes)
			return c.finish(cmd.Context(), a, run.Study, outcome, err)
		},
	}
	cmd.Flags().IntVar(&epochs, "epochs", 0, "train a finished run further, until it has this many epochs, as a new run")
	cmd.Flags().StringVar(
		&schedule, "schedule", "", "with --epochs: how schedules that have come to their end continue: restart or stretch",
	)
	cmd.Flags().BoolVar(&changes.TakeOver, "take-over", false,
		"resume a run that seems to be running elsewhere, because its machine is gone or a clock was wrong")
	changeFlags(cmd, &changes, "dataset.path=DIR, where the images are now")
	return cmd
}

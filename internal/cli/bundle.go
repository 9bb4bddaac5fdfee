package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/kontrast-ml/kontrast/internal/bundle"
)

func (c *command) bundle() *cobra.Command {
	var output string
	var checkpoint bool
	cmd := &cobra.Command{
		Use:     "bundle RUN",
		GroupID: "results",
		Short:   "Pack a run into one file, for mail or an object store",
		Long: `Pack a run with all that is recorded of it into one file, and with --checkpoint
its latest checkpoint too. kontrast merge takes the file in anywhere, and refuses
one that was damaged on its way. RUN is a name or a number (see: kontrast runs).`,
		Example: `  kontrast bundle simclr-3 -o simclr-3.bundle --checkpoint
  kontrast merge simclr-3.bundle`,
		Args:              arguments(1, "RUN"),
		ValidArgsFunction: completeArgument(c.runNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			a, run, release, err := c.takeUp(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			defer release()
			contents := bundle.Contents{Run: run}
			if checkpoint {
				if contents.Checkpoint, err = a.Runner.LatestCheckpoint(cmd.Context(), run); err != nil {
					return err
				}
				if contents.Checkpoint == "" {
					return usageError{
						hinted{
							fmt.Errorf("run %s has no checkpoint", run.Name), "name their folder with --runs, or leave out --checkpoint",
						},
					}
				}
			}
			if output == "" {
				output = fileName(run.Name) + ".bundle"
			}
			if err := bundle.Write(cmd.Context(), output, a.Store, contents); err != nil {
				return err
			}
			c.line("%s", output)
			return nil
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "file to write (default: the run's name with the ending .bundle)")
	cmd.Flags().BoolVar(&checkpoint, "checkpoint", false, "put the latest checkpoint into it, too")
	return cmd
}

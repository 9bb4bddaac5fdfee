package cli

import (
	"github.com/spf13/cobra"

	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/framework/experiment"
)

func (c *command) evaluate() *cobra.Command {
	var set []string
	cmd := &cobra.Command{
		Use:     "eval RUN",
		GroupID: "work",
		Short:   "Evaluate the checkpoint of a run once more, by another protocol",
		Long: `Evaluate the latest checkpoint of a run and add the numbers to the run under the
protocol that says what they are. The settings are those of a configuration's
eval section, changed by --set.`,
		Example: `  kontrast eval simclr-3 --set knn.k=20 --set linear.weight_decay=1e-4`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			settings := experiment.Defaults().Eval
			doc := &config.Document{}
			var faults config.Collector
			faults.Add(doc.Set(set...))
			faults.Add(config.Decode(doc.Root(), &settings))
			if err := faults.Err(); err != nil {
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
			outcome, err := a.Runner.Evaluate(cmd.Context(), run.ID, settings)
			if err != nil {
				return err
			}
			return c.printOutcome(outcome)
		},
	}
	cmd.Flags().StringArrayVar(&set, "set", nil, "change a setting, as in --set knn.k=20")
	return cmd
}

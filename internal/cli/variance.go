package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/kontrast-ml/kontrast/internal/compare"
	"github.com/kontrast-ml/kontrast/internal/gallery"
	"github.com/kontrast-ml/kontrast/internal/report"
	"github.com/kontrast-ml/kontrast/internal/store"
)

func (c *command) variance() *cobra.Command {
	filter := store.Filter{}
	cmd := &cobra.Command{
		Use:     "variance STUDY",
		GroupID: "results",
		Short:   "Say where the variance of scores comes from: weights, order, views, test samples",
		Long: `Split the variance of every method's score into the parts that come from the initial
weights, the order of the samples, the random views, and the choice of test samples.
For this their seeds must vary separately: one at a time, which is cheap, or in all
combinations, which also shows how they interact.`,
		Example: `  kontrast compare --study parts --seeds 1 --set 'grid.seeds.weights=[1,2,3,4,5]'
  kontrast compare --study parts --seeds 1 --set 'grid.seeds.order=[2,3,4,5]'
  kontrast compare --study parts --seeds 1 --set 'grid.seeds.views=[2,3,4,5]'
  kontrast variance parts`,
		Args: arguments(1, "STUDY"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			filter.Study = args[0]
			return c.withStore(ctx, func(s *store.Store) error {
				if err := gallery.CheckStudy(ctx, s, filter.Study); err != nil {
					return err
				}
				variances, err := compare.Variances(ctx, s, filter)
				if err != nil {
					return err
				}
				if len(variances) == 0 {
					return hinted{fmt.Errorf("study %q has no %s of a finished run", filter.Study, filter.Metric),
						"what became of its runs is shown by: kontrast runs --study " + filter.Study}
				}
				return c.print(report.Variances(variances, c.json))
			})
		},
	}
	cmd.Flags().StringVar(&filter.Metric, "metric", "top1", "metric whose variance is split")
	completeFlags(cmd, nil)
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		return c.studyNames(cmd), cobra.ShellCompDirectiveNoFileComp
	}
	return cmd
}

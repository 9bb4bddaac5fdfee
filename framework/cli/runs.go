package cli

import (
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/kontrast-ml/kontrast/framework/report"
	"github.com/kontrast-ml/kontrast/framework/store"
)

func (c *command) runs() *cobra.Command {
	var filter store.Filter
	cmd := &cobra.Command{
		Use:     "runs",
		GroupID: "results",
		Short:   "List the runs and what became of them",
		Args:    arguments(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withStore(cmd.Context(), func(s *store.Store) error {
				runs, err := s.Runs(cmd.Context(), filter)
				if err != nil {
					return err
				}
				table := report.Table{Columns: []string{"id", "run", "study", "method", "backbone", "dataset", "seed", "state", "step", "started"}}
				for _, r := range runs {
					table.Rows = append(table.Rows, []any{
						r.ID, r.Name, r.Study, r.Method, r.Backbone, r.Dataset, int64(r.Seed), string(r.State), r.Step, r.Started.Local().Format(time.DateTime),
					})
				}
				return c.print(table)
			})
		},
	}
	cmd.Flags().StringVar(&filter.Study, "study", "", "only this study")
	cmd.Flags().StringVar(&filter.Method, "method", "", "only this method")
	completeFlags(cmd, map[string]names{"method": c.methodNames, "study": c.studyNames})
	return cmd
}

// studyNames are those of the recorded comparisons.
func (c *command) studyNames(cmd *cobra.Command) []string {
	var list []string
	err := c.withStore(cmd.Context(), func(s *store.Store) error {
		runs, err := s.Runs(cmd.Context(), store.Filter{})
		for _, run := range runs {
			if run.Study != "" && !slices.Contains(list, run.Study) {
				list = append(list, run.Study)
			}
		}
		return err
	})
	if err != nil {
		return nil
	}
	return list
}

// print writes a table for people, or as JSON if that is asked for.
func (c *command) print(table report.Table) error {
	if c.json {
		return report.Write(c.stdout, table, report.JSON)
	}
	return report.Write(c.stdout, table, report.Text)
}

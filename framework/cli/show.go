package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/kontrast-ml/kontrast/framework/report"
	"github.com/kontrast-ml/kontrast/framework/store"
)

func (c *command) show() *cobra.Command {
	return &cobra.Command{
		Use:     "show RUN",
		GroupID: "results",
		Short:   "Show a run: how it ended, its scores, alarms and configuration",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.withStore(cmd.Context(), func(s *store.Store) error {
				run, err := s.FindRun(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				return c.showRun(cmd, s, run)
			})
		},
	}
}

func (c *command) showRun(cmd *cobra.Command, s *store.Store, run store.Run) error {
	ctx := cmd.Context()
	evaluations, err := s.Evaluations(ctx, run.ID)
	if err != nil {
		return err
	}
	alarms, err := s.Alarms(ctx, run.ID)
	if err != nil {
		return err
	}
	params, err := s.Params(ctx, run.ID)
	if err != nil {
		return err
	}
	if c.json {
		return writeJSON(c.stdout, map[string]any{"run": run, "evaluations": evaluations, "alarms": alarms, "params": params})
	}
	fmt.Fprintf(c.stdout, "%s (run %d): %s on %s, data set %s, seed %d: %s after %d steps\n",
		run.Name, run.ID, run.Method, run.Backbone, run.Dataset, run.Seed, run.State, run.Step)
	if run.Error != "" {
		fmt.Fprintf(c.stdout, "error: %s\n", run.Error)
	}
	fmt.Fprintf(c.stdout, "started %s on %s, engine %s, method from %s %s\n\n",
		run.Started.Local().Format("2006-01-02 15:04:05"), run.Host, run.Engine, run.MethodModule, run.MethodVersion)
	scores := report.Table{Columns: []string{"step", "metric", "value", "protocol"}}
	for _, e := range evaluations {
		scores.Rows = append(scores.Rows, []any{e.Step, e.Metric, fmt.Sprintf("%.4f", e.Value), e.Protocol})
	}
	if err := report.Write(c.stdout, scores, report.Text); err != nil {
		return err
	}
	for _, a := range alarms {
		fmt.Fprintf(c.stdout, "alarm at step %d: %s: %s\n", a.Step, a.Kind, a.Detail)
	}
	table := report.Table{Columns: []string{"key", "value"}}
	for _, p := range params {
		table.Rows = append(table.Rows, []any{p.Key, p.Value})
	}
	fmt.Fprintln(c.stdout)
	return report.Write(c.stdout, table, report.Text)
}

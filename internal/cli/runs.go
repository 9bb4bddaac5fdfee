package cli

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/kontrast-ml/kontrast/internal/report"
	"github.com/kontrast-ml/kontrast/internal/store"
)

func (c *command) runs() *cobra.Command {
	var filter store.Filter
	cmd := &cobra.Command{
		Use:     "runs",
		GroupID: "results",
		Short:   "List the runs and their status",
		Long: `List the runs, the newest first, with their status: running, finished, failed,
interrupted (by Ctrl-C), stopped (the loss was no longer finite), lost (the
process is gone, for example killed) or waiting (the database was locked, and the
next command that can write to it takes in what the run measured). kontrast resume
continues a run that has not finished.`,
		Args: arguments(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.withStore(cmd.Context(), func(s *store.Store) error {
				runs, err := s.Runs(cmd.Context(), filter)
				if err != nil {
					return err
				}
				if c.json {
					return report.Write(c.stdout, runsForPrograms(runs), report.JSON)
				}
				return report.Write(c.stdout, runsForPeople(runs), report.Text)
			})
		},
	}
	cmd.Flags().StringVar(&filter.Study, "study", "", "only this study")
	cmd.Flags().StringVar(&filter.Method, "method", "", "only this method")
	completeFlags(cmd, map[string]names{"method": c.methodNames, "study": c.studyNames})
	return cmd
}

// runsForPeople is short enough for 80 columns. A run's name tells its method.
func runsForPeople(runs []store.Run) report.Table {
	t := report.Table{Columns: []string{"run", "study", "backbone", "dataset", "seed", "state", "step", "started"}}
	for _, r := range runs {
		t.Rows = append(
			t.Rows, []any{r.Name, r.Study, r.Backbone, r.Dataset, int64(r.Seed), string(r.State), r.Step, when(r.Started)},
		)
	}
	return t
}

// when is a time in short: without the year, or without the hour where it is long ago.
func when(t time.Time) string {
	if time.Since(t) > 300*24*time.Hour {
		return t.Local().Format(time.DateOnly)
	}
	return t.Local().Format("Jan _2 15:04")
}

func runsForPrograms(runs []store.Run) report.Table {
	t := report.Table{
		Columns: []string{"id", "run", "study", "method", "backbone", "dataset", "seed", "state", "step", "started"},
	}
	for _, r := range runs {
		t.Rows = append(t.Rows, []any{
			r.ID, r.Name, r.Study, r.Method, r.Backbone, r.Dataset, int64(r.Seed), string(r.State), r.Step,
			r.Started.Format(time.RFC3339),
		})
	}
	return t
}

// studyNames are those of the recorded comparisons.
func (c *command) studyNames(cmd *cobra.Command) []string {
	var list []string
	err := c.withStore(cmd.Context(), func(s *store.Store) (err error) {
		list, err = s.Studies(cmd.Context())
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

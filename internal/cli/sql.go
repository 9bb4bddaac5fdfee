package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kontrast-ml/kontrast/internal/report"
	"github.com/kontrast-ml/kontrast/internal/store"
)

func (c *command) sql() *cobra.Command {
	var format string
	var limits store.Limits
	var memory int
	cmd := &cobra.Command{
		Use:     "sql 'SELECT …'",
		GroupID: "results",
		Short:   "Query the results with SQL (read-only)",
		Long:    sqlHelp + relations(),
		Example: `  kontrast sql "SELECT backbone, method, mean, half_width, n FROM seed_summary WHERE rank = 1"`,
		Args:    arguments(1, "'SELECT …'"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if c.json && !cmd.Flags().Changed("format") {
				format = string(report.JSON)
			}
			as, err := report.ParseFormat(format)
			if err != nil {
				return usageError{err}
			}
			limits.Memory = memory << 20
			if memory < 0 || memory > maxMemory {
				return usageError{fmt.Errorf("--memory-limit %d: expected MiB from 1 to %d", memory, maxMemory)}
			}
			if err := limits.Validate(); err != nil {
				return usageError{err}
			}
			rows, err := c.query(cmd.Context(), args[0], limits)
			if err != nil {
				return err
			}
			if rows.Cut && as != report.Text {
				c.note("%s", report.CutNote(rows))
			}
			return report.Write(c.stdout, report.FromRows(rows), as)
		},
	}
	cmd.Flags().StringVar(&format, "format", string(report.Text), strings.Join(report.Formats, ", "))
	cmd.Flags().DurationVar(&limits.Time, "time-limit", 30*time.Second, "stop the query after this time")
	cmd.Flags().IntVar(&limits.Rows, "max-rows", 10000, "return at most this many rows")
	cmd.Flags().IntVar(
		&memory, "memory-limit", 256, "memory that the query may use, in MiB; its result may use a quarter of it",
	)
	completeFlags(cmd, map[string]names{"format": func(*cobra.Command) []string { return report.Formats }})
	return cmd
}

const sqlHelp = `Query the results with SQL. The database is opened read-only, and the query runs
in a process of its own that keeps to its limits of time and memory and ends
with Ctrl-C. In tables for people long texts are cut off; --format csv and json
have them whole.

`

// maxMemory in MiB is more than any machine has, and no overflow.
const maxMemory = 1 << 24

// relations lists the views that are the public interface of the results.
func relations() string {
	var text strings.Builder
	text.WriteString("Views:\n")
	for _, view := range store.Views() {
		names := make([]string, len(view.Columns))
		for i, column := range view.Columns {
			names[i] = column.Name
		}
		fmt.Fprintf(&text, "  %s(%s)\n      %s\n", view.Name, strings.Join(names, ", "), view.Doc)
	}
	return strings.TrimRight(text.String(), "\n")
}

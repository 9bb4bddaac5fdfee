package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/kontrast-ml/kontrast/framework/experiment"
	"github.com/kontrast-ml/kontrast/framework/report"
)

func (c *command) run() *cobra.Command {
	var settings settings
	cmd := &cobra.Command{
		Use:     "run [FILE]",
		GroupID: "work",
		Short:   "Train one method and evaluate it",
		Long: `Train one method on one backbone with one seed, evaluate the frozen backbone, and
store metrics, evaluations and predictions. FILE is a configuration (see:
kontrast config new); flags and --set change it.`,
		Example: `  kontrast run --method mocov2 --backbone resnet20 --epochs 20
  kontrast run simclr.yaml --set method.temperature=0.2 --seed 3`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			doc, err := settings.document(cmd, args)
			if err != nil {
				return err
			}
			a, release, err := c.start(cmd.Context())
			if err != nil {
				return err
			}
			defer release()
			plan, err := a.Catalog.Resolve(doc, experiment.Defaults())
			if err != nil {
				return err
			}
			if plan.Spec.Grid.Size() > 1 {
				return doc.Root().Faultf("grid", "run makes one run, but the grid has %d; use compare", plan.Spec.Grid.Size())
			}
			outcome, err := a.Runner.Run(cmd.Context(), plan)
			if err != nil {
				return err
			}
			return c.printOutcome(outcome)
		},
	}
	settings.register(cmd)
	settings.more(cmd, "method", "method", "method (see: kontrast methods)")
	settings.more(cmd, "backbone", "backbone", "backbone (see: kontrast backbones)")
	settings.more(cmd, "seed", "seed", "seed of weights, order and views")
	return cmd
}

// outcomeJSON is an outcome for programs.
type outcomeJSON struct {
	Run    string      `json:"run"`
	ID     int64       `json:"id"`
	Status string      `json:"status"`
	Scores []scoreJSON `json:"scores"`
}

type scoreJSON struct {
	Protocol string  `json:"protocol"`
	Metric   string  `json:"metric"`
	Value    float64 `json:"value"`
}

func (c *command) printOutcome(outcome *experiment.Outcome) error {
	if c.json {
		out := outcomeJSON{Run: outcome.Run, ID: outcome.ID, Status: string(outcome.Status), Scores: []scoreJSON{}}
		for _, score := range outcome.Scores {
			out.Scores = append(out.Scores, scoreJSON{score.Protocol.String(), score.Metric, score.Value})
		}
		return writeJSON(c.stdout, out)
	}
	table := report.Table{Columns: []string{"run", "evaluation", "metric", "value"}}
	for _, score := range outcome.Scores {
		table.Rows = append(table.Rows, []any{outcome.Run, score.Protocol.Kind, score.Metric, fmt.Sprintf("%.4f", score.Value)})
	}
	return report.Write(c.stdout, table, report.Text)
}

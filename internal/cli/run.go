package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/internal/app"
	"github.com/kontrast-ml/kontrast/internal/experiment"
	"github.com/kontrast-ml/kontrast/internal/report"
	"github.com/kontrast-ml/kontrast/internal/store"
	"github.com/kontrast-ml/kontrast/internal/train"
)

func (c *command) run() *cobra.Command {
	settings := settings{command: c}
	cmd := &cobra.Command{
		Use:     "run [FILE]",
		GroupID: "work",
		Short:   "Train one method and evaluate it",
		Long: `Train one method on one backbone with one seed, evaluate the frozen backbone, and
store metrics, evaluations and predictions. FILE is a configuration (see:
kontrast config new); --preset uses the settings that the method's authors
published (see: kontrast methods NAME); flags and --set change single settings.

If the run is interrupted, kontrast resume continues it.`,
		Example: `  kontrast run --method mocov2 --backbone resnet20 --epochs 20
  kontrast run --method byol --preset cifar10 --dataset cifar10
  kontrast run simclr.yaml --set method.temperature=0.2 --seed 3
  kontrast run --backend xla:cuda --device 1               # on the second GPU; see: kontrast backend --help
  kontrast run --backend xla:cuda,devices=4                # each batch divided among four GPUs
  kontrast run --precision bfloat16`,
		Args: arguments(0, "FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			doc, err := settings.document(cmd, args)
			if err != nil {
				return err
			}
			plan, err := c.plan(doc)
			if err != nil {
				return err
			}
			c.computeOn(plan.Spec.Backend)
			a, release, err := c.start(cmd.Context())
			if err != nil {
				return err
			}
			defer release()
			outcome, err := a.Runner.Run(cmd.Context(), plan)
			return c.finish(cmd.Context(), a, plan.Spec.Study, outcome, err)
		},
	}
	settings.register(cmd)
	settings.more(
		cmd, "method", "method", "method (see: kontrast methods), or a mix of hooks: byol+negatives=mocov2+loss=simclr",
	)
	settings.more(cmd, "backbone", "backbone", "backbone (see: kontrast backbones)")
	settings.more(cmd, "seed", "seed", "seed of the initial weights, the order of the samples and the views")
	completeFlags(cmd, c.choices())
	return cmd
}

// plan resolves the configuration of one run.
func (c *command) plan(doc *config.Document) (*experiment.Plan, error) {
	if grid, _ := doc.Root().Get("grid"); len(grid.Keys()) > 0 {
		var faults config.Collector
		faults.Add(doc.Root().Faultf("grid", "a grid describes several runs; use kontrast compare"))
		return nil, faults.Err()
	}
	catalog, err := c.catalog()
	if err != nil {
		return nil, err
	}
	return catalog.Resolve(doc, experiment.Defaults())
}

// finish prints the outcome of a run of a study, or says how to resume one that was interrupted.
func (c *command) finish(ctx context.Context, a *app.App, study string, outcome *experiment.Outcome, err error) error {
	switch {
	case err == nil:
		c.refreshVerdicts(ctx, a.Store, study)
		return c.printOutcome(outcome)
	case outcome != nil && outcome.Status == store.Interrupted:
		return hinted{errors.Join(train.ErrInterrupted, err), "resume with: kontrast resume " + outcome.Run}
	}
	return err
}

// outcomeJSON is an outcome for programs.
type outcomeJSON struct {
	Run    string      `json:"run"`
	ID     int64       `json:"id"`
	Status string      `json:"status"`
	Scores []scoreJSON `json:"scores"`
	Data   string      `json:"data"`
}

type scoreJSON struct {
	Protocol string  `json:"protocol"`
	Metric   string  `json:"metric"`
	Value    float64 `json:"value"`
}

func (c *command) printOutcome(outcome *experiment.Outcome) error {
	if c.json {
		out := outcomeJSON{
			Run: outcome.Run, ID: outcome.ID, Status: string(outcome.Status), Scores: []scoreJSON{}, Data: outcome.Data,
		}
		for _, result := range outcome.Results {
			for _, v := range result.Values {
				out.Scores = append(out.Scores, scoreJSON{result.Protocol.String(), v.Metric, v.Value})
			}
		}
		return writeJSON(c.stdout, out)
	}
	table := report.Table{Columns: []string{"run", "evaluation", "metric", "value"}}
	for _, result := range outcome.Results {
		for _, v := range result.Values {
			table.Rows = append(table.Rows, []any{outcome.Run, result.Title(), v.Metric, fmt.Sprintf("%.4f", v.Value)})
		}
	}
	if err := report.Write(c.stdout, table, report.Text); err != nil {
		return err
	}
	c.line("%s", outcome.Data)
	return nil
}

package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/internal/experiment"
	"github.com/kontrast-ml/kontrast/internal/store"
)

func (c *command) evaluate() *cobra.Command {
	var set []string
	cmd := &cobra.Command{
		Use:     "eval RUN",
		GroupID: "work",
		Short:   "Evaluate the checkpoint of a run once more, by another protocol",
		Long: `Evaluate the latest checkpoint of a run and add the numbers to the run, under the
protocol that says what they are. The settings are those of the run's own
configuration, of which --set changes the section eval. RUN is a name or a
number (see: kontrast runs).`,
		Example:           `  kontrast eval simclr-3 --set eval.knn.k=20 --set eval.linear.skip=true`,
		Args:              arguments(1, "RUN"),
		ValidArgsFunction: completeArgument(c.runNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := onlyEval(set); err != nil {
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
			if run.Method == experiment.Untrained {
				return usageError{fmt.Errorf("run %s is a baseline of an untrained backbone: it has no checkpoint to evaluate", run.Name)}
			}
			settings, err := evalSettings(a.Catalog, run, set)
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
	cmd.Flags().StringArrayVar(&set, "set", nil, "change a setting, as in --set eval.knn.k=20")
	return cmd
}

// onlyEval refuses settings that would not be those the run was made with.
func onlyEval(set []string) error {
	var faults config.Collector
	for _, assignment := range set {
		if path, _, _ := strings.Cut(assignment, "="); !strings.HasPrefix(path, "eval.") {
			faults.Add(config.Fault{
				Position: config.Position{File: "--set " + assignment}, Path: path,
				Message: "an evaluation has settings of the section eval only",
				Hint:    "such as --set eval.knn.k=20; what a run was trained with can't be changed",
			})
		}
	}
	return faults.Err()
}

// evalSettings are those of the run, changed by the assignments.
func evalSettings(catalog experiment.Catalog, run store.Run, set []string) (experiment.Eval, error) {
	doc, err := config.Parse(fmt.Sprintf("the stored configuration of run %s", run.Name), run.Config)
	if err != nil {
		return experiment.Eval{}, err
	}
	var faults config.Collector
	faults.Add(doc.Set(set...))
	plan, err := catalog.Resolve(doc, experiment.Defaults())
	faults.Add(err)
	if err := faults.Err(); err != nil {
		return experiment.Eval{}, err
	}
	return plan.Spec.Eval, nil
}

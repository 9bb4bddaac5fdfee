package cli

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kontrast-ml/kontrast/internal/app"
	"github.com/kontrast-ml/kontrast/internal/experiment"
	"github.com/kontrast-ml/kontrast/internal/report"
	"github.com/kontrast-ml/kontrast/internal/store"
	"github.com/kontrast-ml/kontrast/internal/train"
)

func (c *command) compare() *cobra.Command {
	settings := settings{command: c}
	cmd := &cobra.Command{
		Use:     "compare [FILE]",
		GroupID: "work",
		Short:   "Train several methods alike and set them side by side",
		Long: `Run every combination of methods, backbones and seeds (and whatever else the grid
of FILE varies), each after an evaluation of the untrained backbone as baseline,
and print a table with means and 95 % intervals over the seeds.

For one seed all methods start from the same backbone weights and see the same
samples in the same order; views that two methods make alike are the same.
They are trained by the same settings: AdamW, an epoch of warm-up, cosine and a
learning rate of 0.001 for batches of 128, unless FILE or flags say otherwise.
With --preset each starts from its own published settings instead; a shorter
training keeps the shape of their schedule, another batch size scales their
learning rate.

A comparison that was cut goes on where it stopped if the same command is given
again with its --study: runs that have finished are not repeated, others are gone
on with. A run that fails keeps no other from being made; it is named below the
tables, and the exit code is 1.`,
		Example: `  kontrast compare
  kontrast compare --methods simclr,mocov2 --backbones resnet20,vit-ti --seeds 1,2,3 --epochs 50
  kontrast compare --preset cifar10 --dataset cifar10 --methods simclr,byol,swav --epochs 20
  kontrast compare study.yaml`,
		Args: arguments(0, "FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			doc, err := settings.document(cmd, args)
			if err != nil {
				return err
			}
			catalog, err := c.catalog()
			if err != nil {
				return err
			}
			defaults := experiment.Defaults()
			defaults.Study = "compare-" + time.Now().Format("20060102-150405")
			study, err := catalog.ResolveStudy(doc, defaults)
			if err != nil {
				return err
			}
			a, release, err := c.start(cmd.Context())
			if err != nil {
				return err
			}
			defer release()
			c.progressNote("%s: %d runs and %d baselines of untrained backbones", study.Name, len(study.Plans), len(study.Baselines()))
			err = a.Runner.RunStudy(cmd.Context(), study)
			if cmd.Context().Err() != nil {
				return hinted{errors.Join(train.ErrInterrupted, err), "go on with the same command and --study " + study.Name}
			}
			return errors.Join(err, c.printStudy(cmd, a, study))
		},
	}
	settings.register(cmd)
	settings.more(cmd, "methods", "grid.method", "methods, separated by commas (default simclr,mocov1,mocov2)")
	settings.more(cmd, "backbones", "grid.backbone", "backbones, separated by commas (default resnet8)")
	settings.more(cmd, "seeds", "grid.seed", "seeds, separated by commas (default 1,2)")
	completeFlags(cmd, c.choices())
	return cmd
}

func (c *command) printStudy(cmd *cobra.Command, a *app.App, study *experiment.Study) error {
	comparisons, err := report.Compare(cmd.Context(), a.Store, store.Filter{Study: study.Name, Metric: "top1"}, experiment.Untrained)
	if err != nil {
		return err
	}
	if c.json {
		return report.WriteComparisons(c.stdout, comparisons, report.JSON)
	}
	if err := report.WriteComparisons(c.stdout, comparisons, report.Text); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(c.stdout, "\n%s\n", strings.Join(study.Trainings(), "\n")); err != nil {
		return err
	}
	remarks, err := report.Remarks(cmd.Context(), a.Store, study.Name)
	if err != nil {
		return err
	}
	return report.WriteRemarks(c.stdout, remarks)
}

// progressNote prints a message about the work under way, unless there is to be silence.
func (c *command) progressNote(format string, args ...any) {
	if !c.quiet {
		fmt.Fprintf(c.stderr, format+"\n", args...)
	}
}

package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kontrast-ml/kontrast/internal/app"
	"github.com/kontrast-ml/kontrast/internal/compare"
	"github.com/kontrast-ml/kontrast/internal/escape"
	"github.com/kontrast-ml/kontrast/internal/experiment"
	"github.com/kontrast-ml/kontrast/internal/report"
	"github.com/kontrast-ml/kontrast/internal/store"
	"github.com/kontrast-ml/kontrast/internal/train"
)

func (c *command) compare() *cobra.Command {
	settings := settings{command: c}
	var decide decision
	var changes experiment.Changes
	var parallel int
	var shard string
	var imported []string
	cmd := &cobra.Command{
		Use:     "compare [FILE]",
		GroupID: "work",
		Short:   "Train several methods under the same conditions and compare them",
		Long: `Train and evaluate every combination of methods, backbones and seeds (and of any
other setting that the grid of FILE varies). The untrained backbones are evaluated
too, as the baseline; --baselines adds what needs no network, measured by the same
protocols: pixels, and pixels-pca, their principal components. The result is a table
of means with 95 % intervals over the seeds, and below it what is decided: which
method beats which, by how much, and how many seeds would decide the rest (see:
kontrast verdict --help).

With the same seed, all methods start from the same backbone weights and see the
same samples in the same order; where two methods use the same augmentations, they
see the same views. All are trained with the same settings, unless FILE or flags
change them: AdamW with a learning rate of 0.001 for batches of 128, one epoch of
warm-up, then a cosine schedule. With --preset, each method uses its own published
settings instead: schedules are shortened in proportion if the training is
shorter, and learning rates are scaled to the batch size.

With --methods, --set method.temperature=0.1 is for all of them; so is what FILE says
of a method without naming one. The same holds for backbones.

Without a data set and a backbone, the images are those of shapes at 16×16 pixels,
without textures, and the learning rate is 0.006 for batches of 128: there methods
differ after a few epochs. If FILE or flags name either, the usual defaults apply.
Without --epochs there are four.

With --until-decided, a seed is added in each round until every pair of methods that
may be the best is told apart, is equivalent within --margin, or can't be told apart
with these test samples, or until --max-seeds are used up. A method that another one
beats gets no further seeds. The tests used stay valid when results are looked at
after every round.

With --imported, runs of kontrast import are measured on the same data and by the
same protocols, and stand beside the others; their images are as large as their
networks want.

Several runs are made at once, each in a process of its own with its share of the
threads and the memory, as many as there are threads if memory suffices. Where no
training sees more than 4 million pixels of views, which takes seconds, they are made
one after another. --parallel says how many. The numbers are the same, bit for bit. So are
they with several devices, such as --backend xla:cuda --device 0,1,2,3: one on each.

To resume a comparison that was interrupted, repeat the command with its --study:
finished runs are kept, unfinished ones are resumed. If a run fails, the others
are still made; the failed run is named below the tables, and the exit code is 1.`,
		Example: `  kontrast compare
  kontrast compare --methods simclr,mocov2 --backbones resnet20,vit-ti --seeds 1,2,3 --epochs 50
  kontrast compare --methods simclr,supervised --baselines untrained,pixels,pixels-pca
  kontrast compare --preset cifar10 --dataset cifar10 --methods simclr,byol,swav --epochs 20
  kontrast compare --methods simclr,mocov2 --until-decided --margin 1 --max-seeds 20
  kontrast compare study.yaml --parallel 4
  kontrast compare study.yaml --backend xla:cuda --device 0,1,2,3 --precision bfloat16`,
		Args: arguments(0, "FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := decide.check(cmd); err != nil {
				return usageError{err}
			}
			study, doc, defaults, err := settings.study(cmd, args)
			if err != nil {
				return err
			}
			if shard != "" {
				if study.Shard, err = experiment.ParseShard(shard); err != nil {
					return usageError{err}
				}
				if decide.untilDecided {
					return usageError{errors.New("--shard and --until-decided: a part of a study decides nothing; leave one out")}
				}
			}
			c.computeOn(study.Plans[0].Spec.Backend)
			if err := c.settleParallel(cmd, "parallel", &parallel); err != nil {
				return err
			}
			a, release, err := c.start(cmd.Context())
			if err != nil {
				return err
			}
			defer release()
			beside, err := importedRuns(cmd.Context(), a, imported)
			if err != nil {
				return err
			}
			c.runAtOnce(cmd.Context(), a, parallel, study)
			c.progressNote("%s: %d runs and %d baselines", study.Name, len(study.Plans), len(study.Baselines()))
			if decide.untilDecided {
				err = a.Runner.RunRace(cmd.Context(), study, decide.race(c, doc, defaults), changes)
			} else {
				err = a.Runner.RunStudy(cmd.Context(), study, changes)
			}
			if err == nil {
				err = c.measureBeside(cmd.Context(), a, study, beside)
			}
			if cmd.Context().Err() != nil {
				return hinted{errors.Join(train.ErrInterrupted, err), "to resume, repeat the command with --study " + study.Name}
			}
			if shard != "" {
				if err == nil {
					c.progressNote("shard %s of %s is done; when all are: kontrast merge DB...", shard, study.Name)
				}
				return err
			}
			if err = errors.Join(err, c.printStudy(cmd, a, study, decide.margin/100)); err == nil {
				c.progressNote("look at it: kontrast report %s", escape.ShellWord(study.Name))
			}
			return err
		},
	}
	settings.studyFlags(cmd)
	decide.register(cmd)
	parallelFlag(cmd, &parallel)
	cmd.Flags().StringVar(&shard, "shard", "",
		"make only a part of the runs, such as 2/4 for the second of four parts; see: kontrast sweep emit --help")
	cmd.Flags().StringSliceVar(&imported, "imported", nil, "imported runs to measure beside, separated by commas")
	cmd.Flags().BoolVar(&changes.DataChanged, "data-changed",
		false, "repeat the runs of the study whose data have changed since")
	completeFlags(cmd, c.choices())
	return cmd
}

// importedRuns finds imported runs by their names.
func importedRuns(ctx context.Context, a *app.App, names []string) (runs []store.Run, err error) {
	for _, name := range names {
		run, err := a.Store.FindRun(ctx, name)
		if err != nil {
			return nil, err
		}
		if !run.Imported {
			return nil, usageError{hinted{fmt.Errorf("--imported: run %s is not imported", run.Name),
				"import weights first: kontrast import FILE; methods that are trained here belong to --methods"}}
		}
		runs = append(runs, run)
	}
	return runs, nil
}

// measureBeside measures imported runs as the study measures its own.
func (c *command) measureBeside(ctx context.Context, a *app.App, study *experiment.Study, runs []store.Run) error {
	for _, run := range runs {
		c.progressNote("%s is measured beside", run.Name)
		if _, err := a.Runner.Beside(ctx, run, study); err != nil {
			return err
		}
	}
	return nil
}

func (c *command) printStudy(cmd *cobra.Command, a *app.App, study *experiment.Study, margin float64) error {
	ctx := cmd.Context()
	if err := compare.Record(ctx, a.Store, study.Name, verdictOptions(margin)); err != nil {
		return err
	}
	metrics, err := report.Headlines(ctx, a.Store, study.Name)
	if err != nil {
		return err
	}
	var comparisons []report.Comparison
	for _, metric := range metrics {
		some, err := report.Compare(ctx, a.Store, store.Filter{Study: study.Name, Metric: metric}, verdictOptions(margin))
		if err != nil {
			return err
		}
		comparisons = append(comparisons, some...)
	}
	if c.json {
		return report.WriteComparisons(c.stdout, comparisons, report.JSON)
	}
	comparisons = report.WithoutFactors(comparisons)
	if len(comparisons) == 0 {
		c.line("no run of %s has finished with a score: there is nothing to compare", study.Name)
	}
	if err := report.WriteComparisons(c.stdout, comparisons, report.Text); err != nil {
		return err
	}
	factors, err := report.FactorMatrices(ctx, a.Store, study.Name)
	if err != nil {
		return err
	}
	if err := report.WriteFactors(c.stdout, factors); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(c.stdout, "\n%s\n", strings.Join(study.Trainings(), "\n")); err != nil {
		return err
	}
	remarks, err := report.Remarks(ctx, a.Store, study.Name)
	if err != nil {
		return err
	}
	if err := report.WriteRemarks(c.stdout, remarks); err != nil {
		return err
	}
	return report.WriteVerdicts(c.stdout, comparisons, true)
}

// progressNote prints a message about the work under way, unless there is to be silence.
func (c *command) progressNote(format string, args ...any) {
	if !c.quiet {
		fmt.Fprintf(c.progress(), format+"\n", args...)
	}
}

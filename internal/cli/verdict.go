package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/internal/compare"
	"github.com/kontrast-ml/kontrast/internal/escape"
	"github.com/kontrast-ml/kontrast/internal/experiment"
	"github.com/kontrast-ml/kontrast/internal/gallery"
	"github.com/kontrast-ml/kontrast/internal/report"
	"github.com/kontrast-ml/kontrast/internal/store"
)

func (c *command) verdict() *cobra.Command {
	var margin float64
	var against string
	filter := store.Filter{}
	cmd := &cobra.Command{
		Use:     "verdict STUDY [A B]",
		GroupID: "results",
		Short:   "Say who beats whom, by how much, how surely, and what would decide the rest",
		Long: `Say of every pair of methods of a study, or of methods A and B, whether one beats
the other, both are equivalent within the margin, or it is undecided, and how many
seeds would then decide a difference of the margin.

Methods are compared by the seeds that both have, on the same backbone, data,
protocol and metric. Intervals and p-values are for new seeds and new test samples
at once, where the guesses for each test sample are recorded: seeds and samples are
crossed, since all seeds meet the same samples. The 5 % level holds over all pairs
of a table together (Holm's correction). Of many methods that is a strict level:
--against NAME compares each with one of them only, as with the untrained backbone,
and corrects for these pairs. Choose it before the results are seen. With one seed, two networks are compared
(McNemar's test), not their methods. Studies made with --until-decided are judged
by tests that stay valid when results are looked at after every seed.

Where a study has several backbones or data sets, the methods' ranks over them follow:
Friedman's test, Wilcoxon's with Holm's correction for every pair, interquartile means,
the probability of improvement, and the Bayesian signed-rank test with the margin.
Of an ablation it also says what each factor contributes (see: kontrast ablate --help). Of
a transfer study A and B are models (see: kontrast transfer --help).

The verdicts are in the view verdicts, which this command brings up to date: kontrast sql
'SELECT first, second, verdict, difference, lower, upper, p_holm FROM verdicts'.`,
		Example: `  kontrast verdict cifar10
  kontrast verdict cifar10 mocov2 simclr --margin 1
  kontrast verdict all-methods --against untrained`,
		Args: func(cmd *cobra.Command, args []string) error {
			if err := arguments(1, "STUDY", "A", "B")(cmd, args); err != nil {
				return err
			}
			if len(args) == 2 {
				return usageError{
					hinted{errors.New("the second method is missing: a verdict is of two"), "usage: " + cmd.UseLine()},
				}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkMargin(margin); err != nil {
				return usageError{err}
			}
			if against != "" && len(args) > 1 {
				return usageError{errors.New("--against and two methods: leave one out")}
			}
			filter.Study = args[0]
			options := verdictOptions(margin / 100)
			options.Against = against
			if err := c.withStore(cmd.Context(), func(s *store.Store) error {
				return c.judge(cmd.Context(), s, filter, options, args[1:])
			}); err != nil {
				return err
			}
			return c.recordVerdicts(cmd.Context(), filter.Study, margin/100)
		},
	}
	registerMargin(cmd, &margin)
	cmd.Flags().StringVar(&against, "against", "", "the one method that every other is compared with (default: all with each other)")
	cmd.Flags().StringVar(&filter.Metric, "metric", "top1", "metric that is judged by")
	completeFlags(cmd, nil)
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) == 0 {
			return c.studyNames(cmd), cobra.ShellCompDirectiveNoFileComp
		}
		return c.methodNames(cmd), cobra.ShellCompDirectiveNoFileComp
	}
	return cmd
}

// judge prints the verdicts of a study.
func (c *command) judge(
	ctx context.Context, s *store.Store, f store.Filter, o compare.Options, names []string,
) error {
	if err := gallery.CheckStudy(ctx, s, f.Study); err != nil {
		return err
	}
	if is, err := s.IsTransfer(ctx, f.Study); err != nil || is {
		if is && o.Against != "" {
			return usageError{errors.New("--against is for methods; of a transfer study name two models")}
		}
		return errors.Join(err, c.judgeTransfer(ctx, s, f.Study, o.Margin, names))
	}
	comparisons, err := report.Compare(ctx, s, f, o)
	if err != nil {
		return err
	}
	if len(comparisons) == 0 {
		return hinted{fmt.Errorf("study %q has no %s of a finished run", f.Study, f.Metric),
			"what became of its runs is shown by: kontrast runs --study " + f.Study}
	}
	known := names
	if o.Against != "" {
		known = []string{o.Against}
	}
	if err := knowAll(comparisons, known); err != nil {
		return usageError{err}
	}
	if c.json {
		return report.Write(c.stdout, report.VerdictData(comparisons, names...), report.JSON)
	}
	if err := report.WriteVerdicts(c.stdout, comparisons, false, names...); err != nil {
		return err
	}
	if len(names) == 0 && o.Against == "" {
		overalls, err := compare.Overalls(ctx, s, f, o)
		if err != nil {
			return err
		}
		if err := report.WriteOveralls(c.stdout, overalls); err != nil {
			return err
		}
		attributions, err := compare.Attributions(ctx, s, f)
		if err != nil {
			return err
		}
		if err := report.WriteAttributions(c.stdout, attributions); err != nil {
			return err
		}
	}
	remarks, err := report.Remarks(ctx, s, f.Study)
	if err != nil {
		return err
	}
	return report.WriteRemarks(c.stdout, remarks)
}

// judgeTransfer prints the verdicts of a transfer study.
func (c *command) judgeTransfer(
	ctx context.Context, s *store.Store, study string, margin float64, names []string,
) error {
	scores, err := s.TransferScores(ctx, study)
	if err != nil {
		return err
	}
	var known []string
	for _, score := range scores {
		if !slices.Contains(known, score.Model) {
			known = append(known, score.Model)
		}
	}
	for _, name := range names {
		if !slices.Contains(known, name) {
			return usageError{&framework.UnknownNameError{Kind: "model", Name: name, Known: known}}
		}
	}
	return c.printTransfer(ctx, s, study, margin, false, names...)
}

// knowAll checks that the comparisons have methods of those names.
func knowAll(comparisons []report.Comparison, names []string) error {
	var known []string
	for _, comparison := range comparisons {
		for _, row := range comparison.Rows {
			if !slices.Contains(known, row.Method) {
				known = append(known, row.Method)
			}
		}
	}
	for _, name := range names {
		if !slices.Contains(known, name) {
			return &framework.UnknownNameError{Kind: "method", Name: name, Known: known}
		}
	}
	if len(known) < 2 {
		return fmt.Errorf("the study has scores of %s only: a verdict needs two methods", strings.Join(known, ", "))
	}
	return nil
}

// recordVerdicts brings the views verdicts and contributions up to date. A database that can't be
// written keeps what it has: the verdicts were printed.
func (c *command) recordVerdicts(ctx context.Context, study string, margin float64) error {
	fresh := false
	err := c.withStore(ctx, func(s *store.Store) (err error) {
		if fresh, err = s.FreshComparisons(ctx, study, margin); err != nil || !fresh {
			return err
		}
		_, ablation, err := s.Ablation(ctx, study)
		if err == nil && ablation {
			fresh, err = s.FreshAttributions(ctx, study)
		}
		return err
	})
	if err != nil || fresh {
		return err
	}
	s, err := store.Open(ctx, c.options.Database, c.storeOptions())
	if err == nil {
		err = errors.Join(compare.Record(ctx, s, study, verdictOptions(margin)), compare.RecordAttributions(ctx, s, study))
		s.Close()
	}
	if err != nil && ctx.Err() == nil {
		c.note("the view verdicts is not brought up to date: %v", err)
	}
	return ctx.Err()
}

// refreshVerdicts computes the verdicts of a study again, by their margin, if it
// was judged before and has other results now. What fails is said: the results
// are recorded, and the view marks the verdicts as stale.
func (c *command) refreshVerdicts(ctx context.Context, s *store.Store, study string) {
	margin, judged, err := s.JudgedMargin(ctx, study)
	if err == nil && judged {
		err = compare.Record(ctx, s, study, verdictOptions(margin))
	}
	if err != nil && ctx.Err() == nil {
		c.note("the view verdicts is not brought up to date (%v); do it by: kontrast verdict %s",
			err, escape.ShellWord(study))
	}
}

func verdictOptions(margin float64) compare.Options {
	return compare.Options{Margin: margin, Baseline: experiment.Untrained}
}

func registerMargin(cmd *cobra.Command, margin *float64) {
	cmd.Flags().Float64Var(margin, "margin", 100*compare.DefaultMargin,
		"points within which methods count as equivalent, and for which seeds are planned")
}

func checkMargin(margin float64) error {
	if !(margin >= 0 && margin < 100) {
		return fmt.Errorf("--margin %g: expected points of accuracy, 0 or more and below 100", margin)
	}
	return nil
}

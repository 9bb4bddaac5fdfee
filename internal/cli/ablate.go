package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/internal/ablate"
	"github.com/kontrast-ml/kontrast/internal/app"
	"github.com/kontrast-ml/kontrast/internal/compare"
	"github.com/kontrast-ml/kontrast/internal/escape"
	"github.com/kontrast-ml/kontrast/internal/experiment"
	"github.com/kontrast-ml/kontrast/internal/report"
	"github.com/kontrast-ml/kontrast/internal/store"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// ablation are the flags of the command ablate.
type ablation struct {
	settings settings
	seeds    string
	budget   int
	parallel int
	metric   string
	joins    []string
	planOnly bool
	changes  experiment.Changes
}

func (c *command) ablate() *cobra.Command {
	o := ablation{settings: settings{command: c}}
	cmd := &cobra.Command{
		Use:     "ablate A B",
		GroupID: "work",
		Short:   "Find out which part makes the difference between two methods",
		Long: `Find what separates A and B, and measure what each part makes of the difference of
their scores. A and B are methods, mixes of hooks, configuration files or recorded
runs; flags change both.

What separates them, after all defaults and presets, is sorted into factors of two
levels: hooks (positives, negatives, loss), head, views, hyperparameters, schedule,
optimizer, backbone. What can't be changed by itself is one factor with what it
belongs to, and the plan says why. Every combination of levels (a corner) is run
with every seed where that fits the budget; else the corners that some orders of
the factors pass through: the order of the plan, its reverse, and drawn ones.
Corners that can't be run are left out.

The share of a factor is what changing it adds, averaged over the orders in which
the factors can change: Shapley's value. The shares add up to the difference. Their
intervals are over the seeds, which all corners share.

Without --preset both are trained by the same settings, as compare does it, so that
methods differ in themselves and in their views. With it, each has the training of
its paper too, and that separates them as well.

--plan prints the factors and the number of runs, and runs nothing. With --parallel
several runs are made at once, with the same numbers. To resume an ablation that was
interrupted, repeat the command with its --study.`,
		Example: `  kontrast ablate mocov1 mocov2 --plan
  kontrast ablate mocov1 mocov2 --preset imagenet --dataset cifar10 --epochs 20
  kontrast ablate simclr mocov2 --seeds 1,2,3,4,5 --budget 40 --parallel 2
  kontrast ablate old.yaml new.yaml --join 'learning rate,weight decay'
  kontrast plot waterfall STUDY`,
		Args: arguments(2, "A", "B"),
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(c, cmd, args) },
	}
	o.settings.register(cmd)
	o.settings.more(cmd, "backbone", "backbone", "backbone (default resnet8)")
	flags := cmd.Flags()
	flags.StringVar(&o.seeds, "seeds", "1,2,3", "seeds, separated by commas, that every corner is run with")
	flags.IntVar(&o.budget, "budget", 64, "runs at most")
	parallelFlag(cmd, &o.parallel)
	flags.StringVar(
		&o.metric, "metric", "", "metric whose difference is printed (default top1, or what the evaluations are known by)",
	)
	flags.StringArrayVar(&o.joins, "join", nil, "factors that are changed together, separated by commas")
	flags.BoolVar(&o.planOnly, "plan", false, "print what would be run, and run nothing")
	flags.BoolVar(&o.changes.DataChanged, "data-changed",
		false, "repeat the runs of the study whose data have changed since")
	completeFlags(cmd, c.choices())
	cmd.ValidArgsFunction = func(
		cmd *cobra.Command, args []string, _ string,
	) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 1 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return slices.Concat(c.methodNames(cmd), c.runNames(cmd)), cobra.ShellCompDirectiveDefault
	}
	return cmd
}

func (o *ablation) run(c *command, cmd *cobra.Command, args []string) error {
	seeds, err := parseSeeds(o.seeds)
	if err != nil {
		return usageError{err}
	}
	catalog, err := c.catalog()
	if err != nil {
		return err
	}
	question, err := o.question(c, cmd, catalog, args)
	if err != nil {
		return err
	}
	design, err := question.Design(len(seeds), o.budget, seeds[0])
	if err != nil {
		return hinted{usageError{err}, "raise --budget, take fewer --seeds, or change factors together by --join"}
	}
	name := o.study(cmd)
	planned := planOf(question, design, seeds, name)
	if o.planOnly {
		if c.json {
			return writeJSON(c.stdout, planned)
		}
		return planned.write(c.stdout, o.hint(catalog, question))
	}
	study, err := question.Study(name, design, seeds)
	if err != nil {
		return err
	}
	c.computeOn(question.Sides[0].Plan.Spec.Backend)
	if err := c.settleParallel(cmd, "parallel", &o.parallel); err != nil {
		return err
	}
	a, release, err := c.start(cmd.Context())
	if err != nil {
		return err
	}
	defer release()
	c.runAtOnce(cmd.Context(), a, o.parallel, study)
	if err := o.record(cmd.Context(), a, question, design, study, name); err != nil {
		return err
	}
	if !c.quiet {
		if err := planned.write(c.stderr, o.hint(catalog, question)); err != nil {
			return err
		}
	}
	err = a.Runner.RunStudy(cmd.Context(), study, o.changes)
	if cmd.Context().Err() != nil {
		return hinted{
			errors.Join(train.ErrInterrupted, err), "to resume, repeat the command with --study " + escape.ShellWord(name),
		}
	}
	if err = errors.Join(err, o.print(c, cmd.Context(), a, planned)); err == nil {
		c.progressNote("look at it: kontrast plot waterfall %s, kontrast report %[1]s", escape.ShellWord(name))
	}
	return err
}

// study is the name of the study: the flag's, or one of its own.
func (o *ablation) study(cmd *cobra.Command) string {
	if flag := cmd.Flags().Lookup("study"); flag.Changed {
		return flag.Value.String()
	}
	return "ablate-" + time.Now().Format("20060102-150405")
}

// record writes down what the study is, unless it is an ablation of others.
func (o *ablation) record(
	ctx context.Context, a *app.App, question *ablate.Ablation, design ablate.Design, study *experiment.Study, name string,
) error {
	hashes := make([]string, len(design.Corners))
	for i := range hashes { // the first plans are those of the first seed
		var err error
		if hashes[i], err = a.Runner.ConfigHash(ctx, study.Plans[i]); err != nil {
			return err
		}
	}
	planned := question.Record(name, design, hashes)
	earlier, found, err := a.Store.Ablation(ctx, name)
	if err != nil {
		return err
	}
	if found && !sameQuestion(earlier, planned) {
		return hinted{usageError{
			fmt.Errorf("study %q is an ablation of %s and %s with other settings", name, earlier.First, earlier.Second),
		},
			"give this one another --study, or the settings that it was begun with"}
	}
	return a.Store.SetAblation(ctx, planned)
}

// sameQuestion reports whether two ablations have the same factors and ends. The
// corners between may differ, as with another budget.
func sameQuestion(a, b store.Ablation) bool {
	return len(a.Factors) == len(b.Factors) &&
		slices.EqualFunc(a.Factors, b.Factors, func(f, g store.AblationFactor) bool { return f.Name == g.Name }) &&
		a.Corners[0].ConfigHash == b.Corners[0].ConfigHash &&
		a.Corners[len(a.Corners)-1].ConfigHash == b.Corners[len(b.Corners)-1].ConfigHash
}

func (o *ablation) print(c *command, ctx context.Context, a *app.App, planned ablationPlan) error {
	if err := compare.RecordAttributions(ctx, a.Store, planned.Study); err != nil {
		return err
	}
	all, err := compare.Attributions(ctx, a.Store, store.Filter{Study: planned.Study})
	if err != nil {
		return err
	}
	shown := report.HeadlineAttributions(all, o.metric)
	if c.json {
		planned.Attributions = report.AttributionsData(shown)
		return writeJSON(c.stdout, planned)
	}
	if len(shown) == 0 {
		if o.metric != "" && len(all) > 0 {
			var known []string
			for _, one := range all {
				known = append(known, one.Metric)
			}
			slices.Sort(known)
			return usageError{errors.New(config.Unknown("metric", o.metric, slices.Compact(known)))}
		}
		c.line("no order of the factors has finished runs of one seed: there is nothing to share out yet")
	}
	if err := report.WriteAttributions(c.stdout, shown); err != nil {
		return err
	}
	remarks, err := report.Remarks(ctx, a.Store, planned.Study)
	if err != nil {
		return err
	}
	return report.WriteRemarks(c.stdout, remarks)
}

// hint names what presets would add to the factors, where none is asked for.
func (o *ablation) hint(catalog experiment.Catalog, question *ablate.Ablation) string {
	first, second := question.Sides[0].Plan, question.Sides[1].Plan
	if first.Spec.Preset != "" || second.Spec.Preset != "" || first.Method.Name == second.Method.Name {
		return ""
	}
	var common []string
	for _, preset := range first.Method.PresetNames() {
		if slices.Contains(second.Method.PresetNames(), preset) {
			common = append(common, preset)
		}
	}
	if len(common) == 0 {
		return ""
	}
	return fmt.Sprintf("both are trained alike; what their papers do otherwise is added by --preset %s",
		strings.Join(common, " or "))
}

// parseSeeds reads seeds separated by commas.
func parseSeeds(list string) ([]uint64, error) {
	var seeds []uint64
	for text := range strings.SplitSeq(list, ",") {
		seed, err := strconv.ParseUint(strings.TrimSpace(text), 10, 63)
		if err != nil {
			return nil, fmt.Errorf("--seeds %s: %q is no seed; expected whole numbers from 0, separated by commas", list, text)
		}
		if slices.Contains(seeds, seed) {
			return nil, fmt.Errorf("--seeds %s: %d is given twice", list, seed)
		}
		seeds = append(seeds, seed)
	}
	return seeds, nil
}

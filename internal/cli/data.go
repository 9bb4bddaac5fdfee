package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/internal/app"
	"github.com/kontrast-ml/kontrast/internal/experiment"
	"github.com/kontrast-ml/kontrast/internal/gallery"
	"github.com/kontrast-ml/kontrast/internal/overlap"
	"github.com/kontrast-ml/kontrast/internal/report"
	"github.com/kontrast-ml/kontrast/internal/store"
)

func (c *command) data() *cobra.Command {
	cmd := &cobra.Command{Use: "data", GroupID: "know", Short: "Look at data sets"}
	group(cmd)
	cmd.AddCommand(c.dataOverlap(), c.dataPack())
	return cmd
}

// overlapFlags are those of kontrast data overlap.
type overlapFlags struct {
	study, model string
	set          []string
	limits       overlap.Limits
	similarity   float64
}

func (c *command) dataOverlap() *cobra.Command {
	flags := overlapFlags{limits: overlap.DefaultLimits()}
	cmd := &cobra.Command{
		Use:   "overlap [TRAINING TEST]",
		Short: "Find test images that the training images have, too, or nearly",
		Long: `Find images of the test split of TEST that are, or nearly are, among the training
images of TRAINING: a test that a training has seen the answers of measures memory.
Both are names of kontrast datasets, or folders or archives of images; one that is no
folder of splits counts as a whole. --set training.KEY=VALUE and test.KEY=VALUE change
their settings. With --study, the data sets of a transfer study are searched: the test
split of each in its own training split.

Images are identical (size and pixels), nearly the same by perceptual hash (pHash, of
whose 64 bits at most --bits differ, with thumbnails alike), or, with --model, by the
features of a run, whose cosine is --similarity or more: these find crops and flips, too.
Pictures of few shapes or digits resemble each other without being copies; look at some.

The results are in the views overlaps and duplicates, and kontrast transfer marks scores
on data sets of which test images are among the training images.`,
		Example: `  kontrast data overlap cifar10 cifar100
  kontrast data overlap photos/train photos/test --model simclr-1 --similarity 0.98
  kontrast data overlap --study photos
  kontrast sql "SELECT test_name, training_name, kind FROM duplicates WHERE test = 'photos/test'"`,
		Args: func(_ *cobra.Command, args []string) error {
			if (flags.study == "") != (len(args) == 2) || len(args)%2 != 0 {
				return usageError{hinted{errors.New("expected TRAINING and TEST, or --study STUDY"),
					"for example: kontrast data overlap photos/train photos/test"}}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if flags.limits.Bits < 0 || flags.limits.Bits > 63 || !(flags.similarity > 0 && flags.similarity <= 1) {
				return usageError{fmt.Errorf("--bits %d, --similarity %g: expected bits from 0 to 63 and a cosine above 0, at "+
					"most 1", flags.limits.Bits, flags.similarity)}
			}
			catalog, err := c.catalog()
			if err != nil {
				return err
			}
			a, release, err := c.start(cmd.Context())
			if err != nil {
				return err
			}
			defer release()
			searches, err := flags.searches(cmd.Context(), a, catalog, args)
			if err != nil {
				return err
			}
			var all []*store.Overlap
			for _, search := range searches {
				found, err := a.Runner.Overlap(cmd.Context(), search)
				if err != nil {
					return err
				}
				all = append(all, found)
			}
			return c.printOverlaps(all)
		},
	}
	f := cmd.Flags()
	f.StringVar(&flags.study, "study", "", "transfer study whose data sets are searched")
	f.StringVar(&flags.model, "model", "", "run whose features tell near-duplicates, too")
	f.StringArrayVar(&flags.set, "set", nil, "change a setting of the data, as in --set test.limit=1000")
	f.IntVar(&flags.limits.Bits, "bits", flags.limits.Bits, "bits of 64 in which perceptual hashes may differ")
	f.Float64Var(&flags.similarity, "similarity", 0.97, "cosine of features from which images are nearly the same")
	completeFlags(cmd, map[string]names{"study": c.studyNames, "model": c.runNames})
	cmd.ValidArgsFunction = func(
		cmd *cobra.Command, args []string, _ string,
	) ([]cobra.Completion, cobra.ShellCompDirective) {
		return c.datasetNames(cmd), cobra.ShellCompDirectiveDefault
	}
	return cmd
}

// searches are those that the arguments ask for.
func (f *overlapFlags) searches(
	ctx context.Context, a *app.App, catalog experiment.Catalog, args []string,
) (searches []experiment.Overlap, err error) {
	base := experiment.Overlap{Limits: f.limits, Similarity: f.similarity}
	if f.model != "" {
		run, err := a.Store.FindRun(ctx, f.model)
		if err != nil {
			return nil, err
		}
		base.Model = &run
	}
	if f.study != "" {
		if err := gallery.CheckStudy(ctx, a.Store, f.study); err != nil {
			return nil, err
		}
		sets, err := a.Store.TransferSets(ctx, f.study)
		if err == nil && len(sets) == 0 {
			err = usageError{fmt.Errorf("--study %s: it is no transfer study", f.study)}
		}
		if err != nil {
			return nil, err
		}
		for _, set := range sets {
			other, err := f.resolve(catalog, string(set.Settings), set.Name, "")
			if err != nil {
				return nil, err
			}
			search := base
			search.Training, search.Test = other, other
			searches = append(searches, search)
		}
		return searches, nil
	}
	if base.Training, err = f.side(ctx, a, catalog, "training", args[0]); err != nil {
		return nil, err
	}
	base.Test, err = f.side(ctx, a, catalog, "test", args[1])
	return []experiment.Overlap{base}, err
}

// side is one of both data sets. A folder without splits is its own test split.
func (f *overlapFlags) side(
	ctx context.Context, a *app.App, catalog experiment.Catalog, side, text string,
) (experiment.Other, error) {
	named := slices.Contains(catalog.Datasets.Names(), text)
	other, err := f.resolve(catalog, dataIn(text, named), text, side)
	if err != nil || named {
		return other, err
	}
	if _, err := other.Factory.Open(ctx, other.Choice.Params, "test", a.Runner.Data); err == nil {
		return other, nil
	}
	whole := fmt.Sprintf("%s, test: %q}", strings.TrimSuffix(dataIn(text, false), "}"), config.Home(text))
	return f.resolve(catalog, whole, text, side)
}

// resolve is a data set with the settings of its side.
func (f *overlapFlags) resolve(
	catalog experiment.Catalog, choice, label, side string,
) (other experiment.Other, err error) {
	doc := &config.Document{}
	var faults config.Collector
	faults.Add(doc.Assign(label, "eval.datasets", "["+choice+"]"))
	for _, text := range f.set {
		of, rest, found := strings.Cut(text, ".")
		key, value, _ := strings.Cut(rest, "=")
		switch {
		case !found || of != "training" && of != "test":
			return other, usageError{hinted{fmt.Errorf("--set %s: expected training.KEY=VALUE or test.KEY=VALUE", text),
				"as in --set test.limit=1000"}}
		case of == side:
			faults.Add(doc.Assign("--set "+text, "eval.datasets.0."+key, value))
		}
	}
	if err := faults.Err(); err != nil {
		return other, err
	}
	plan, err := catalog.Resolve(doc, experiment.Defaults())
	if err != nil {
		return other, err
	}
	other = plan.Others[0]
	other.Label = label
	return other, nil
}

// shownPairs are as many as anybody looks at in a terminal.
const shownPairs = 20

func (c *command) printOverlaps(all []*store.Overlap) error {
	if c.json {
		list := []map[string]any{}
		for _, o := range all {
			list = append(list, map[string]any{
				"training": o.Training, "test": o.Test, "training_samples": o.TrainingSamples, "test_samples": o.TestSamples,
				"settings": o.Settings, "pairs": append([]store.OverlapPair{}, o.Pairs...),
			})
		}
		return writeJSON(c.stdout, list)
	}
	for _, o := range all {
		counts := map[string]int{}
		table := report.Table{Columns: []string{"test image", "training image", "kind", "bits"}}
		for i, p := range o.Pairs {
			counts[p.Kind]++
			if i < shownPairs {
				table.Rows = append(table.Rows, []any{
					sampleName(p.TestName, p.Test), sampleName(p.TrainingName, p.Training), p.Kind, p.Bits,
				})
			}
		}
		c.line("%s: of %d test images %d are among the %d training images of %s: %d identical, %d by hash, %d by features "+
			"(%.1f %%)", o.Test, o.TestSamples, len(o.Pairs), o.TrainingSamples, o.Training, counts["identical"], counts["hash"],
			counts["features"], 100*float64(len(o.Pairs))/float64(max(o.TestSamples, 1)))
		if len(table.Rows) == 0 {
			continue
		}
		if more := len(o.Pairs) - shownPairs; more > 0 {
			table.Notes = []string{fmt.Sprintf("and %d more: kontrast sql 'SELECT * FROM duplicates'", more)}
		}
		if err := report.Write(c.stdout, table, report.Text); err != nil {
			return err
		}
	}
	return nil
}

// sampleName is the file of a sample, or its number.
func sampleName(name string, sample int) string {
	if name != "" {
		return name
	}
	return fmt.Sprintf("#%d", sample)
}

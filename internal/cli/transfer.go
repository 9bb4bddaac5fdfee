package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/internal/compare"
	"github.com/kontrast-ml/kontrast/internal/escape"
	"github.com/kontrast-ml/kontrast/internal/eval/transfer"
	"github.com/kontrast-ml/kontrast/internal/experiment"
	"github.com/kontrast-ml/kontrast/internal/report"
	"github.com/kontrast-ml/kontrast/internal/store"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// transferFlags are those of kontrast transfer.
type transferFlags struct {
	models, datasets, protocols, set []string
	study, merges                    string
	limit, testLimit                 int
	margin                           float64
}

func (c *command) transfer() *cobra.Command {
	var flags transferFlags
	cmd := &cobra.Command{
		Use:     "transfer",
		GroupID: "work",
		Short:   "Measure trained or imported networks on many data sets, and compare them",
		Long: `Measure each network of --models on each data set of --datasets by each evaluation
of --protocols, all under the same settings, as one study. Networks stay frozen.

A model is a run, by name or number, or a file of weights, which is imported on the
way as by kontrast import: FILE, or NAME:FILE. A data set is one of kontrast datasets,
or NAME=PATH for images of your own in a folder for each class, or an archive.
Evaluations are knn (of 20 neighbors), linear, few-shot (a linear probe of 5 samples a
class) and the others of kontrast protocols that classify, and zero-shot, of networks
that embed texts: of trained clip and siglip, and of CLIP's files with --merges.

--set changes settings: of a data set by its name (stamps.test_fraction=0.5,
mnist.limit=500, stamps.class_names=names.txt, stamps.prompts=prompts.txt), of an import
by the model's name (vit.backbone.heads=12), or of all evaluations (eval.knn.k=5).

Images are made as large as each network wants, and normalized as imported weights want
it, or else by the statistics of the data set. On each data set all pairs of networks
are compared by their guesses for the same test images (McNemar's test with Holm's
correction for all pairs); over the data sets by their ranks.

Results are kept: to resume after an interruption, repeat the command with its --study.
With more models, data sets or protocols it measures only those that are new.
The numbers are in the view transfer_table. kontrast verdict, plot transfer and report
take the study, too.`,
		Example: `  kontrast transfer --study photos --models simclr-1,effnet:efficientnet-lite0.pth \
    --datasets cifar10,stamps=photos/stamps --protocols linear,knn,zero-shot,few-shot --set stamps.test_fraction=0.5
  kontrast transfer --study photos --models dino:dino_deitsmall16_pretrain.pth --datasets cifar10 --protocols linear
  kontrast plot transfer photos --versus 'clip-2 zero-shot,simclr-1 linear'
  kontrast sql "SELECT model, dataset, evaluation, value FROM transfer_table WHERE study = 'photos'"`,
		Args: arguments(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkMargin(flags.margin); err != nil {
				return usageError{err}
			}
			study, sets, err := flags.transfer(c)
			if err != nil {
				return err
			}
			a, release, err := c.start(cmd.Context())
			if err != nil {
				return err
			}
			defer release()
			models, err := flags.find(cmd, c, a, study, sets)
			if err != nil {
				return err
			}
			if err := a.Runner.BeginTransfer(cmd.Context(), study, models); err != nil {
				return err
			}
			c.progressNote("%s: %d networks on %d data sets", study.Name, len(models), len(study.Data))
			err = a.Runner.Transfer(cmd.Context(), study, models)
			if cmd.Context().Err() != nil {
				return hinted{errors.Join(train.ErrInterrupted, err), "to go on, repeat the command with --study " + study.Name}
			}
			if err := errors.Join(err, c.printTransfer(cmd.Context(), a.Store, study.Name, flags.margin/100, true)); err != nil {
				return err
			}
			c.progressNote("look at it: kontrast report %s", escape.ShellWord(study.Name))
			return nil
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&flags.models, "models", nil, "runs, or files of weights as FILE or NAME:FILE, separated by commas")
	f.StringSliceVar(&flags.datasets, "datasets", nil, "data sets, or your own as NAME=PATH, separated by commas")
	f.StringSliceVar(&flags.protocols, "protocols", []string{"linear", "knn"},
		"evaluations, separated by commas: "+strings.Join(experiment.TransferEvaluations(), ", "))
	f.StringArrayVar(&flags.set, "set", nil, "change a setting of a data set, an import or the evaluations")
	f.StringVar(&flags.study, "study", "", "name of the study (default: one of the time)")
	f.StringVar(&flags.merges, "merges", "", "merges file of CLIP's tokenizer, for the files of CLIP among the models")
	f.IntVar(&flags.limit, "limit", 0, "training images taken of each data set, as evenly from the classes as they allow")
	f.IntVar(&flags.testLimit, "test-limit", 0, "test images taken of each data set")
	registerMargin(cmd, &flags.margin)
	completeFlags(cmd, map[string]names{
		"models": c.runNames, "datasets": c.datasetNames,
		"protocols": func(*cobra.Command) []string { return experiment.TransferEvaluations() },
	})
	return cmd
}

// Neighbors and shots of transfer studies, unless --set says otherwise: test sets are small.
const (
	transferNeighbors = 20 // DINO's (Caron et al. 2021)
	transferShots     = 5
)

// transfer makes the study of the flags; sets are its data sets as configurations have them.
func (f *transferFlags) transfer(c *command) (study *experiment.Transfer, sets []config.Choice, err error) {
	if len(f.models) == 0 || len(f.datasets) == 0 {
		return nil, nil, usageError{hinted{errors.New("--models and --datasets: give one or more of both"),
			"for example: kontrast transfer --models simclr-1 --datasets cifar10,mnist"}}
	}
	catalog, err := c.catalog()
	if err != nil {
		return nil, nil, err
	}
	study = &experiment.Transfer{Name: f.study, Asked: f.protocols}
	if study.Name == "" {
		study.Name = "transfer-" + time.Now().Format("20060102-150405")
	}
	for i, name := range f.protocols {
		if known := experiment.TransferEvaluations(); !slices.Contains(known, name) {
			return nil, nil, usageError{errors.New("--protocols: " + config.Unknown("evaluation", name, known))}
		}
		if slices.Index(f.protocols, name) < i {
			return nil, nil, usageError{fmt.Errorf("--protocols: %s is given twice", name)}
		}
	}
	doc, prompts, err := f.document(catalog.Datasets.Names())
	if err != nil {
		return nil, nil, err
	}
	defaults := experiment.Defaults()
	defaults.Eval.KNN.K, defaults.Eval.FewShot.Shots = transferNeighbors, []int{transferShots}
	plan, err := catalog.Resolve(doc, defaults)
	if err != nil {
		return nil, nil, err
	}
	study.Eval = plan.Spec.Eval
	for i, other := range plan.Others {
		other.Label = f.labels()[i]
		sets = append(sets, other.Choice)
		one := experiment.TransferData{Other: other, Prompts: study.Eval.Prompts}
		if file := prompts[other.Label]; file != "" {
			one.Prompts = transfer.PromptSettings{File: config.Home(file)}
		}
		study.Data = append(study.Data, one)
	}
	return study, sets, nil
}

// labels are what tables call the data sets.
func (f *transferFlags) labels() (labels []string) {
	for _, text := range f.datasets {
		label, _, _ := strings.Cut(text, "=")
		labels = append(labels, strings.TrimSpace(label))
	}
	return labels
}

// document has the data sets and the settings of the evaluations as a configuration.
func (f *transferFlags) document(known []string) (doc *config.Document, prompts map[string]string, err error) {
	doc, prompts = &config.Document{}, map[string]string{}
	labels := f.labels()
	var faults config.Collector
	var list []string
	for i, text := range f.datasets {
		if labels[i] == "" || slices.Index(labels, labels[i]) < i {
			return nil, nil, usageError{fmt.Errorf("--datasets: %q: each data set needs a name of its own: NAME=PATH", text)}
		}
		_, path, own := strings.Cut(text, "=")
		if !own {
			path = labels[i]
		}
		list = append(list, dataIn(path, !own || slices.Contains(known, path)))
	}
	faults.Add(doc.Assign("--datasets "+strings.Join(f.datasets, ","), "eval.datasets", "["+strings.Join(list, ", ")+"]"))
	for i := range labels {
		for key, value := range map[string]int{"limit": f.limit, "test_limit": f.testLimit} {
			if value > 0 {
				faults.Add(doc.Assign("--"+strings.ReplaceAll(key, "_", "-"), fmt.Sprintf("eval.datasets.%d.%s", i, key),
					fmt.Sprint(value)))
			}
		}
	}
	for _, text := range f.set {
		key, value, _ := strings.Cut(text, "=")
		of, rest, _ := strings.Cut(strings.TrimSpace(key), ".")
		i := slices.Index(labels, of)
		switch {
		case i >= 0 && rest == "prompts":
			prompts[of] = value
		case i >= 0:
			faults.Add(doc.Assign("--set "+text, fmt.Sprintf("eval.datasets.%d.%s", i, rest), value))
		case of == "eval":
			faults.Add(doc.Set(text))
		case f.isModel(of):
		default:
			return nil, nil, usageError{hinted{fmt.Errorf("--set %s: %q is neither a data set nor an imported model of this "+
				"study, nor eval", text, of), "the data sets are " + strings.Join(labels, ", ")}}
		}
	}
	return doc, prompts, faults.Err()
}

// dataIn is a data set as a configuration has it: one by its name, a folder, or shards of webdataset.
func dataIn(text string, named bool) string {
	if named {
		return fmt.Sprintf("{name: %q}", text)
	}
	name := "folder"
	if data.ShardsAt(config.Home(text)) {
		name = "webdataset"
	}
	return fmt.Sprintf("{name: %s, path: %q}", name, config.Home(text))
}

// printTransfer prints a transfer study; with names only what is decided of those two.
func (c *command) printTransfer(
	ctx context.Context, s *store.Store, study string, margin float64, few bool, names ...string,
) error {
	transfers, err := compare.Transfers(ctx, s, study, verdictOptions(margin))
	if err != nil {
		return err
	}
	if c.json {
		return writeJSON(c.stdout, report.TransferData(study, transfers))
	}
	return report.WriteTransfers(c.stdout, transfers, few, names...)
}

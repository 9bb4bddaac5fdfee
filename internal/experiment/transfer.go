package experiment

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/internal/eval"
	"github.com/kontrast-ml/kontrast/internal/eval/embed"
	"github.com/kontrast-ml/kontrast/internal/eval/transfer"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// Evaluations of transfer studies beside those that configurations name as protocols.
const (
	ZeroShot = "zero-shot" // by the names of the classes, of networks that embed texts
	FewShot  = "few-shot"  // a linear probe of few samples a class
)

// TransferEvaluations lists what a transfer study can measure by.
func TransferEvaluations() []string {
	var names []string
	for _, protocol := range eval.Protocols().All() {
		if protocol.NeedsLabels {
			names = append(names, protocol.Name)
		}
	}
	return append(names, ZeroShot, FewShot)
}

// Transfer is a study of recorded networks on data sets that they were not
// trained on: every network by every evaluation on every data set, under the
// same settings. The scores are in the view transfer_table.
type Transfer struct {
	Name  string
	Data  []TransferData
	Asked []string // of TransferEvaluations
	// Eval has the settings of the evaluations; what it names to be measured does not count.
	Eval Eval

	sets []*transferData // once it has begun
}

// TransferData is a data set of a transfer study.
type TransferData struct {
	Other
	Prompts transfer.PromptSettings // for zero-shot classification
}

// transferData is a data set that was looked at.
type transferData struct {
	TransferData
	known store.TransferData
}

// BeginTransfer looks at the data sets of a study and records it, or adds to the
// one on record, which must have the same settings and images.
func (r *Runner) BeginTransfer(ctx context.Context, t *Transfer, models []store.Run) error {
	record := store.Transfer{Study: t.Name, Settings: t.settings(), Asked: t.Asked}
	t.sets = nil
	for _, one := range t.Data {
		set, err := r.lookAt(ctx, one)
		if err != nil {
			return err
		}
		t.sets, record.Data = append(t.sets, set), append(record.Data, set.known)
	}
	for _, model := range models {
		record.Models = append(record.Models, model.ID)
	}
	err := r.Store.SetTransfer(ctx, record)
	if errors.Is(err, store.ErrOtherTransfer) {
		return refusal{err, "give this one another --study"}
	}
	return err
}

// Transfer measures networks, which are ended runs, of a study that has begun,
// unless they are measured. A network that fails does not keep the others from
// being measured; an interruption ends the study. What is measured is kept, by
// data set and evaluation.
func (r *Runner) Transfer(ctx context.Context, t *Transfer, models []store.Run) error {
	var failures []error
	for _, model := range models {
		err := r.transferOf(ctx, t, model)
		if ctx.Err() != nil {
			return errors.Join(ctx.Err(), err)
		}
		if err != nil {
			failures = append(failures, fmt.Errorf("%s: %w", model.Name, err))
		}
	}
	return errors.Join(failures...)
}

// settings are those that all numbers of the study depend on.
func (t *Transfer) settings() json.RawMessage {
	of := t.Eval
	none := Defaults().Eval
	of.Protocols, of.Datasets, of.EveryEpochs, of.OnlineProbe = none.Protocols, nil, 0, false
	of.BatchSize, of.FineTune, of.Prompts = none.BatchSize, none.FineTune, none.Prompts
	return config.Canonical(of)
}

// lookAt opens a data set to see what it is.
func (r *Runner) lookAt(ctx context.Context, one TransferData) (*transferData, error) {
	im, err := one.open(ctx, r.Data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", one.name(), err)
	}
	if im.classes < 2 {
		return nil, fmt.Errorf("%s: it has %d classes, and there must be two or more to tell apart", one.name(), im.classes)
	}
	for _, split := range []data.Dataset{im.training, im.test} {
		for _, note := range data.NotesOf(split) {
			r.warn(r.Log, one.name()+": "+note)
		}
	}
	training, err := data.Fingerprint(ctx, im.training)
	if err != nil {
		return nil, err
	}
	test, err := data.Fingerprint(ctx, im.test)
	if err != nil {
		return nil, err
	}
	both := sha256.Sum256([]byte(training + test))
	return &transferData{one, store.TransferData{
		Name: one.name(), Settings: ChoiceJSON(one.Choice), Training: im.training.Len(), Test: im.test.Len(),
		Classes: im.classes, Content: hex.EncodeToString(both[:4]), TrainingPrint: training, TestPrint: test,
	}}, nil
}

// ChoiceJSON is a data set with its options as a configuration has it, in JSON.
func ChoiceJSON(choice config.Choice) json.RawMessage {
	var section struct{ Dataset json.RawMessage }
	text := config.Canonical(struct {
		Dataset config.Choice `yaml:"dataset" doc:"-"`
	}{choice})
	if err := json.Unmarshal(text, &section); err != nil {
		panic(err) // the canonical form is JSON
	}
	return section.Dataset
}

// transferOf measures a network by what it was not measured by.
func (r *Runner) transferOf(ctx context.Context, t *Transfer, model store.Run) error {
	done, err := r.Store.Measured(ctx, t.Name, model.ID)
	if err != nil {
		return err
	}
	missing := func(set *transferData) []string {
		return slices.DeleteFunc(slices.Clone(t.Asked), func(asked string) bool { return done[[2]string{set.name(), asked}] })
	}
	if !slices.ContainsFunc(t.sets, func(set *transferData) bool { return len(missing(set)) > 0 }) {
		return nil
	}
	session, at, err := r.trained(ctx, model, Changes{})
	if err != nil {
		return err
	}
	defer session.close()
	session.plan.Spec.Eval = t.Eval
	work := &transferWork{evaluation: evaluation{session: session, steps: at.Steps}, study: t.Name, run: model.ID}
	defer work.close()
	for _, set := range t.sets {
		asked := missing(set)
		if len(asked) == 0 {
			continue
		}
		session.progress.Evaluating()
		work.results = nil
		if err := work.on(ctx, set, asked); err != nil {
			return fmt.Errorf("on %s: %w", set.name(), err)
		}
		session.progress.Results(at.Steps, work.results)
	}
	return nil
}

// transferWork measures one network.
type transferWork struct {
	evaluation
	study  string
	run    int64
	towers *transfer.Towers // nil until they are needed
}

func (w *transferWork) close() {
	if w.towers != nil {
		w.towers.Close()
	}
}

// on measures on a data set.
func (w *transferWork) on(ctx context.Context, set *transferData, asked []string) error {
	images, err := set.images(ctx, w.Data, w.images, w.fixed)
	if err != nil {
		return err
	}
	if err := w.recordOmissions(ctx, set.name(), images); err != nil {
		return err
	}
	var in *eval.Input
	var test embed.Images
	for _, name := range asked {
		if name != ZeroShot && in == nil { // frozen features are embedded once, when they are needed
			training, err := w.embeddedBy(ctx, set.name(), images, data.Train, images.training)
			if err != nil {
				return err
			}
			if test, err = w.embeddedBy(ctx, set.name(), images, data.Test, images.test); err != nil {
				return err
			}
			in = w.input(training, test, images)
			in.Dataset, in.Details["content"] = set.name(), set.known.Content
		}
		results, note, err := w.by(ctx, name, set, images, in)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		for _, result := range results {
			if result.Samples == nil {
				result.Samples = test.Indices
			}
		}
		if err := w.add(ctx, set.name(), name, results, note); err != nil {
			return err
		}
	}
	return nil
}

// by measures by one evaluation; the note says why there is no number.
func (w *transferWork) by(
	ctx context.Context, name string, set *transferData, images *images, in *eval.Input,
) (results []*eval.Result, note string, err error) {
	switch name {
	case ZeroShot:
		if w.captions == nil {
			return nil, "the network embeds no texts", nil
		}
		result, err := w.zeroShot(ctx, set, images)
		return []*eval.Result{result}, "", err
	case FewShot:
		few := w.plan.Spec.Eval.FewShot
		if class, samples := fewest(in.Training, images.training.Classes()); samples < slices.Max(few.Shots) {
			return nil, fmt.Sprintf("class %q has %d training samples, fewer than %d shots", class, samples,
				slices.Max(few.Shots)), nil
		}
		results, err = few.Evaluate(ctx, w.Backend, in.Training, in.Test, in.Classes)
		for _, result := range results {
			w.place(result, set, in.Details["images"])
		}
		return results, "", err
	}
	err = eval.Measure(ctx, in, []string{name}, func(r *eval.Result) error {
		results = append(results, r)
		return nil
	})
	return results, "", err
}

// fewest is the class with the fewest samples.
func fewest(set eval.Set, classes []string) (name string, samples int) {
	counts := make([]int, len(classes))
	for _, label := range set.Labels {
		if label >= 0 {
			counts[label]++
		}
	}
	samples = slices.Min(counts)
	return classes[slices.Index(counts, samples)], samples
}

// place says in a result's protocol what it is of.
func (w *transferWork) place(result *eval.Result, set *transferData, images string) {
	result.Protocol.Dataset = set.name()
	result.Protocol.Details["content"], result.Protocol.Details["images"] = set.known.Content, images
}

// zeroShot classifies the test images by the names of their classes.
func (w *transferWork) zeroShot(ctx context.Context, set *transferData, images *images) (*eval.Result, error) {
	prompts, err := promptsOf(set.Choice.Name, set.Prompts)
	if err != nil {
		return nil, err
	}
	if w.towers == nil {
		if w.towers, err = w.captions.towers(w.session); err != nil {
			return nil, err
		}
	}
	one, samples := data.OnePerImage(images.test)
	pass, err := images.pass(one, w.plan.Spec)
	if err != nil {
		return nil, err
	}
	embedded, err := w.towers.Images(ctx, pass)
	if err != nil {
		return nil, err
	}
	results, err := w.towers.Evaluate(ctx, embedded, nil, images.test.Classes(), prompts)
	if err != nil {
		return nil, err
	}
	result := results[0]
	result.Samples = originals(samples, embedded.Indices)
	w.place(result, set, images.describe())
	return result, nil
}

// add keeps results, and records that the evaluation is made.
func (w *transferWork) add(
	ctx context.Context, dataset, asked string, results []*eval.Result, note string,
) error {
	var made []store.TransferResult
	switch {
	case note != "" && asked == FewShot:
		for _, shots := range w.plan.Spec.Eval.FewShot.Shots {
			made = append(made, store.TransferResult{Evaluation: fmt.Sprint(FewShot, " ", shots), Note: note})
		}
	case note != "":
		made = []store.TransferResult{{Evaluation: asked, Note: note}}
	default:
		if err := w.keep(ctx, results...); err != nil {
			return err
		}
	}
	for _, result := range results {
		name := result.Protocol.Title()
		if result.Name != "" {
			name = result.Name
		}
		made = append(made, store.TransferResult{Evaluation: name, Protocol: result.Protocol.String(), Note: result.Doubt})
	}
	return w.Store.AddTransferResults(ctx, w.study, w.run, dataset, asked, made)
}

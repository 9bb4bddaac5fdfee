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
func (r *Runner) transferOf(ctx context.Context, t *Transfer, model store.Run) (err error) {
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
	session.show(model.Name, 0, 0)
	defer func() { session.progress.End(err) }()
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
		if len(work.results) > 0 {
			session.progress.Results(at.Steps, accuracies(work.results))
		}
	}
	return nil
}

package experiment

import (
	"context"
	"fmt"
	"slices"

	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/internal/eval"
	"github.com/kontrast-ml/kontrast/internal/eval/embed"
	"github.com/kontrast-ml/kontrast/internal/eval/transfer"
	"github.com/kontrast-ml/kontrast/internal/store"
)

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
			return nil, eval.TooFew(class, samples, slices.Max(few.Shots)), nil
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

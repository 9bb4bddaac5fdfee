package experiment

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/internal/eval"
	"github.com/kontrast-ml/kontrast/internal/eval/embed"
	"github.com/kontrast-ml/kontrast/internal/eval/finetune"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// evaluate measures the backbone as it is after a number of steps by the
// protocols of the configuration, and shows the results. Each is stored as soon
// as it is known, and one that fails keeps none of the others from being made.
func (s *session) evaluate(ctx context.Context, steps int) ([]*eval.Result, error) {
	s.progress.Evaluating()
	e := evaluation{session: s, steps: steps}
	const needed = 2 // parts that the others need
	var failures []error
	for i, part := range []func(context.Context) ([]*eval.Result, error){
		e.embed, e.sameData, e.named, e.online, e.spread, e.fewShot, e.fineTune, e.withTexts, e.elsewhere,
	} {
		found, err := part(ctx)
		if err != nil && (ctx.Err() != nil || i < needed) {
			return nil, err
		}
		failures = append(failures, err)
		if err := e.keep(ctx, found...); err != nil {
			return nil, err
		}
	}
	s.progress.Results(steps, accuracies(e.results))
	return e.results, errors.Join(failures...)
}

// checkEvaluations refuses what an evaluation would, before any training.
func (s *session) checkEvaluations(ctx context.Context) error {
	for i, other := range s.plan.Others {
		if _, known := s.data.Contents[fmt.Sprintf("%s%d.path", otherData, i)]; known || other.path() == "" {
			continue
		}
		if _, err := other.content(ctx, s.Data); err != nil { // and so it was when the session was opened
			return fmt.Errorf("%s%d: evaluation on %s: %w", otherData, i, other.Choice.Name, err)
		}
	}
	if k, all := s.plan.Spec.Eval.KNN.K, s.images.training.Len(); k > all && s.images.classes > 1 &&
		slices.Contains(s.plan.Spec.Eval.Protocols, "knn") {
		s.Runner.warn(
			s.Log, fmt.Sprintf("eval.knn.k is %d, and there are %d training samples: all of them vote, under a protocol that "+
				"says so (k=%d asked_k=%d)", k, all, all, k),
		)
	}
	shots := s.plan.Spec.Eval.FewShot.Shots
	if s.images.classes < 2 || len(shots) == 0 {
		return nil
	}
	most := slices.Max(shots)
	for _, class := range s.data.Split(string(data.Train)).Classes {
		if class.Samples < most {
			return refusal{fmt.Errorf("eval.few_shot.shots: %s", eval.TooFew(class.Name, class.Samples, most)),
				fmt.Sprintf("ask for fewer, as --set eval.few_shot.shots=[%d]", max(class.Samples, 1))}
		}
	}
	return nil
}

// evaluation is one evaluation of a session's backbone.
type evaluation struct {
	*session
	steps          int
	training, test embed.Images
	results        []*eval.Result
}

// keep stores results.
func (e *evaluation) keep(ctx context.Context, results ...*eval.Result) error {
	for _, result := range results {
		e.mark(&result.Protocol)
		if result.Doubt != "" {
			alarm := train.Alarm{Step: e.steps, Kind: train.Doubtful, Detail: result.Title() + ": " + result.Doubt}
			if err := e.alarm(ctx, alarm); err != nil {
				return err
			}
		}
		values := map[string]float64{}
		for _, v := range result.Values {
			values[v.Metric] = v.Value
		}
		if err := e.writer.AddEvaluations(ctx, int64(e.steps), result.Protocol, values); err != nil {
			return err
		}
		if result.Samples == nil && len(result.Labels) == len(e.test.Indices) {
			result.Samples = e.test.Indices
		}
		if predictions := result.Predictions(); predictions != nil {
			if err := e.writer.SetPredictions(ctx, result.Protocol, predictions); err != nil {
				return err
			}
		}
	}
	e.results = append(e.results, results...)
	return nil
}

// embed computes the features of both splits, which all protocols look at.
func (e *evaluation) embed(ctx context.Context) (none []*eval.Result, err error) {
	if e.training, err = e.embedded(ctx, data.Train, e.images.training); err != nil {
		return nil, err
	}
	e.test, err = e.embedded(ctx, data.Test, e.images.test)
	return nil, err
}

// sameData holds the pixels that were read against those on record, before anything is stored.
func (e *evaluation) sameData(ctx context.Context) ([]*eval.Result, error) {
	return nil, e.comparePixels(ctx)
}

// classified reports whether there is something to classify: a data set
// without classes, or with a single one, has nothing.
func (e *evaluation) classified() bool { return e.images.classes > 1 }

// named measures by the protocols that the configuration names, which store
// their results themselves.
func (e *evaluation) named(ctx context.Context) (none []*eval.Result, err error) {
	in := e.input(e.training, e.test, e.images)
	return nil, eval.Measure(ctx, in, e.plan.Spec.Eval.Protocols, func(r *eval.Result) error { return e.keep(ctx, r) })
}

// online measures the classifier that was trained beside the network.
func (e *evaluation) online(context.Context) ([]*eval.Result, error) {
	probe, trained := train.OnlineProbe(e.store)
	if !trained || !e.plan.Spec.Eval.OnlineProbe || len(probe.Bias) != e.images.classes {
		return nil, nil
	}
	linear := &eval.Linear{
		Weights: mat.NewDense(len(probe.Weights), len(probe.Weights[0]), slices.Concat(probe.Weights...)), Bias: probe.Bias,
	}
	scores, err := linear.Logits(e.test.Features)
	if err != nil {
		return nil, err
	}
	details := e.details()
	details["classifier"] = "trained beside the network on its views"
	result, err := eval.Classified(eval.OnTest("online", details), scores, e.test.Labels)
	if err != nil {
		return nil, err
	}
	return []*eval.Result{result}, nil
}

// input is what protocols look at, of a data set whose splits are embedded.
func (e *evaluation) input(training, test embed.Images, images *images) *eval.Input {
	settings := e.plan.Spec.Eval
	in := &eval.Input{
		Backend: e.Backend, Training: training.Set, Test: test.Set, Classes: images.classes, Details: e.details(),
		Settings: eval.Settings{KNN: settings.KNN, Linear: settings.Linear, LinearGrid: settings.LinearGrid},
		Views: func(ctx context.Context, samples, views int) ([]eval.Features, error) {
			return e.viewed(ctx, images, samples, views)
		},
	}
	if slices.Contains(settings.Protocols, "factors") {
		in.Factors = eval.FactorsOf(images.training, training.Indices, images.test, test.Indices)
	}
	return in
}

func (e *evaluation) fewShot(ctx context.Context) ([]*eval.Result, error) {
	if !e.classified() {
		return nil, nil
	}
	return e.plan.Spec.Eval.FewShot.Evaluate(ctx, e.Backend, e.training.Set, e.test.Set, e.images.classes)
}

// fineTune trains copies of the network on with labels, for each share of them
// that the configuration asks for.
func (e *evaluation) fineTune(ctx context.Context) ([]*eval.Result, error) {
	spec := e.plan.Spec
	if !e.classified() || len(spec.Eval.FineTune.Fractions) == 0 {
		return nil, nil
	}
	test, err := e.images.pass(e.images.test, spec)
	if err != nil {
		return nil, err
	}
	return spec.Eval.FineTune.Evaluate(ctx, finetune.Network{
		Backend: e.Backend, Store: e.store, Backbone: e.backbone, Method: e.method,
		Training: e.images.training, Test: test, Classes: e.images.classes, Size: e.images.size,
		Normalization: e.images.normalization, Seed: spec.Seed, Workers: spec.Train.Workers,
	})
}

// withTexts measures the space that images and texts share.
func (e *evaluation) withTexts(ctx context.Context) ([]*eval.Result, error) {
	if e.captions == nil {
		return nil, nil
	}
	return e.captions.evaluate(ctx, e.session)
}

// details are those of every protocol of frozen features.
func (e *evaluation) details() map[string]string {
	return map[string]string{"features": "frozen backbone", "images": e.images.describe()}
}

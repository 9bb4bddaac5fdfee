package experiment

import (
	"context"
	"fmt"
	"strconv"

	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/internal/eval"
	"github.com/kontrast-ml/kontrast/internal/eval/embed"
	"github.com/kontrast-ml/kontrast/internal/eval/finetune"
	"github.com/kontrast-ml/kontrast/internal/store"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// evaluate measures the backbone as it is after a number of steps by the
// protocols of the configuration, and shows the results. Each is stored as soon
// as it is known, so that one that fails loses none before it.
func (s *session) evaluate(ctx context.Context, steps int) ([]*eval.Result, error) {
	s.progress.Evaluating()
	e := evaluation{session: s, steps: steps}
	for _, part := range []func(context.Context) ([]*eval.Result, error){
		e.embed, e.nearest, e.linear, e.spread, e.fewShot, e.fineTune, e.withTexts,
	} {
		found, err := part(ctx)
		if err != nil {
			return nil, err
		}
		if err := e.keep(ctx, found...); err != nil {
			return nil, err
		}
	}
	s.progress.Results(steps, e.results)
	return e.results, nil
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
		if result.Doubt != "" {
			alarm := train.Alarm{Step: e.steps, Kind: train.Doubtful, Detail: result.Protocol.Title() + ": " + result.Doubt}
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

// classified reports whether there is something to classify: a data set
// without classes, or with a single one, has nothing.
func (e *evaluation) classified() bool { return e.images.classes > 1 }

func (e *evaluation) nearest(ctx context.Context) ([]*eval.Result, error) {
	settings := e.plan.Spec.Eval.KNN
	if settings.K == 0 || !e.classified() {
		return nil, nil
	}
	knn := eval.KNN{K: settings.K, Temperature: settings.Temperature}
	scores, err := knn.Classify(ctx, e.training.Set, e.test.Features, e.images.classes)
	if err != nil {
		return nil, err
	}
	protocol := eval.Learned("knn", e.details())
	protocol.K, protocol.Temperature, protocol.Distance = settings.K, settings.Temperature, "cosine"
	return e.classify(protocol, scores)
}

func (e *evaluation) linear(ctx context.Context) ([]*eval.Result, error) {
	settings := e.plan.Spec.Eval.Linear
	if settings.Skip || !e.classified() {
		return nil, nil
	}
	probe := eval.Logistic{WeightDecay: settings.WeightDecay, Standardize: settings.Standardize}
	classifier, err := probe.Fit(ctx, e.training.Set, e.images.classes)
	if err != nil {
		return nil, err
	}
	scores, err := classifier.Logits(e.test.Features)
	if err != nil {
		return nil, err
	}
	details := e.details()
	details["weight_decay"] = strconv.FormatFloat(settings.WeightDecay, 'g', -1, 64)
	details["standardize"] = strconv.FormatBool(settings.Standardize)
	details["solver"] = "L-BFGS"
	results, err := e.classify(eval.Learned("linear", details), scores)
	if err == nil && !classifier.Converged {
		results[0].Values = append(results[0].Values, eval.Value{Metric: "gradient_norm", Value: classifier.Gradient})
		results[0].Doubt = fmt.Sprintf("the fit did not converge in %d iterations: the largest component of its gradient is %.3g; "+
			"raise the weight decay (%g)", classifier.Iterations, classifier.Gradient, settings.WeightDecay)
	}
	return results, err
}

func (e *evaluation) classify(protocol store.Protocol, scores *eval.Scores) ([]*eval.Result, error) {
	result, err := eval.Classified(protocol, scores, e.test.Labels)
	if err != nil {
		return nil, err
	}
	return []*eval.Result{result}, nil
}

func (e *evaluation) fewShot(ctx context.Context) ([]*eval.Result, error) {
	if !e.classified() {
		return nil, nil
	}
	return e.plan.Spec.Eval.FewShot.Evaluate(ctx, e.training.Set, e.test.Set, e.images.classes)
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

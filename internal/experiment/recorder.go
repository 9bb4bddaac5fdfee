package experiment

import (
	"context"

	"go.uber.org/zap"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/internal/store"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// recorder writes what happens in a training to the store and the log.
// Metrics are numbered by the steps made, so that the first has number 1.
type recorder struct {
	*session
	outcome *Outcome
	length  framework.Length
}

var _ train.Observer = (*recorder)(nil)

// Step implements train.Observer.
func (r *recorder) Step(step int, m train.Measures, rate float64) error {
	if r.Progress != nil {
		r.Progress.Step(step+1, m)
	}
	return r.writer.LogAll(context.Background(), int64(step+1), map[string]float64{
		"loss": m.Loss, "gradient_norm": m.GradientNorm, "embedding_std": m.EmbeddingStd,
		"alignment": 2 - 2*m.PositiveSimilarity, "learning_rate": rate,
	})
}

// Alarm implements train.Observer.
func (r *recorder) Alarm(a train.Alarm) error {
	a.Step++ // numbered by the steps made
	return r.alarm(context.Background(), a)
}

// alarm records an alarm after a number of steps.
func (s *session) alarm(ctx context.Context, a train.Alarm) error {
	s.log.Warn("alarm", zap.String("kind", string(a.Kind)), zap.Int("step", a.Step), zap.String("detail", a.Detail))
	return s.writer.AddAlarm(ctx, int64(a.Step), string(a.Kind), a.Detail)
}

// Checkpoint implements train.Observer.
func (r *recorder) Checkpoint(int) error { return r.writer.Flush(context.Background()) }

// Epoch implements train.Observer.
func (r *recorder) Epoch(ctx context.Context, epoch, steps int) error {
	every := r.plan.Spec.Eval.EveryEpochs
	last := epoch == r.length.Epochs
	if !last && (every == 0 || epoch%every != 0) {
		return nil
	}
	scores, err := r.evaluate(ctx, steps)
	if err != nil {
		return err
	}
	r.outcome.Scores = scores
	return nil
}

// evaluate scores the backbone as it is after a number of steps, and stores
// and shows the scores.
func (s *session) evaluate(ctx context.Context, steps int) ([]Score, error) {
	if s.Progress != nil {
		s.Progress.Evaluating()
	}
	scores, err := s.score(ctx, steps)
	if err == nil && s.Progress != nil {
		s.Progress.Scores(steps, scores)
	}
	return scores, err
}

// score computes and stores the scores.
func (s *session) score(ctx context.Context, steps int) ([]Score, error) {
	training, err := s.images.pass(s.images.training, s.plan.Spec)
	if err != nil {
		return nil, err
	}
	test, err := s.images.pass(s.images.test, s.plan.Spec)
	if err != nil {
		return nil, err
	}
	trainingSet, err := s.features.Images(ctx, training)
	if err != nil {
		return nil, err
	}
	testSet, err := s.features.Images(ctx, test)
	if err != nil {
		return nil, err
	}
	e := evaluator{config: s.plan.Spec.Eval, views: s.images.describe(), classes: s.images.classes}
	scores, results, err := e.run(ctx, trainingSet.Set, testSet.Set)
	if err != nil {
		return nil, err
	}
	spread, err := s.spread(ctx, steps, e, testSet.Set)
	if err != nil {
		return nil, err
	}
	scores = append(scores, spread...)
	if s.images.classes > 1 {
		fewShot, err := s.plan.Spec.Eval.FewShot.Evaluate(trainingSet.Set, testSet.Set, s.images.classes)
		if err != nil {
			return nil, err
		}
		shots, _ := fromTransfer(fewShot)
		scores = append(scores, shots...)
		tuned, tunedResults, err := s.fineTune(ctx, test)
		if err != nil {
			return nil, err
		}
		scores, results = append(scores, tuned...), append(results, tunedResults...)
	}
	if s.captions != nil {
		more, moreResults, err := s.captions.evaluate(ctx, s)
		if err != nil {
			return nil, err
		}
		scores, results = append(scores, more...), append(results, moreResults...)
	}
	for _, score := range scores {
		if err := s.writer.AddEvaluation(ctx, int64(steps), score.Protocol, score.Metric, score.Value); err != nil {
			return nil, err
		}
	}
	for _, r := range results {
		if err := s.writer.SetPredictions(ctx, r.protocol, r.predictions(testSet.Labels)); err != nil {
			return nil, err
		}
	}
	return scores, nil
}

// predictions lists what the classifier said of each test sample.
func (r result) predictions(labels []int) []store.Prediction {
	out := make([]store.Prediction, len(labels))
	for i, predicted := range r.scores.Predictions() {
		out[i] = store.Prediction{Sample: i, Label: labels[i], Predicted: predicted}
	}
	return out
}

package experiment

import (
	"context"

	"go.uber.org/zap"

	"github.com/kontrast-ml/kontrast/framework"
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
	r.progress.Step(step+1, m.Loss)
	if !r.plan.Spec.Train.Logs(step+1, r.length.Steps()) && m.Finite() {
		r.writer.Reach(int64(step + 1))
		return nil
	}
	values := map[string]float64{
		"loss": m.Loss, "gradient_norm": m.GradientNorm, "embedding_std": m.EmbeddingStd,
		"alignment": 2 - 2*m.PositiveSimilarity, "learning_rate": rate,
	}
	if m.OnlineTop1 >= 0 {
		values["online_top1"] = m.OnlineTop1
	}
	return r.writer.LogAll(context.Background(), int64(step+1), values)
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
func (r *recorder) Checkpoint(steps int) error {
	if err := r.writer.Flush(context.Background()); err != nil || r.Saving == nil {
		return err
	}
	return r.Saving(context.Background(), r.writer.ID, int64(steps))
}

// Epoch implements train.Observer.
func (r *recorder) Epoch(ctx context.Context, epoch, steps int) error {
	every := r.plan.Spec.Eval.EveryEpochs
	last := epoch == r.length.Epochs
	if !last && (every == 0 || epoch%every != 0) {
		return nil
	}
	results, err := r.evaluate(ctx, steps)
	if err != nil {
		return err
	}
	r.outcome.Results = results
	return nil
}

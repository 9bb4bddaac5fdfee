package gallery

import (
	"context"
	"fmt"

	"github.com/kontrast-ml/kontrast/internal/baseline"
	"github.com/kontrast-ml/kontrast/internal/figure"
	"github.com/kontrast-ml/kontrast/internal/store"
)

func cost(ctx context.Context, s *store.Store, r Request) (*figure.Figure, error) {
	c, err := r.comparison(ctx, s, baseline.Untrained)
	if err != nil {
		return nil, err
	}
	runs, err := s.Runs(ctx, store.Filter{Study: c.Study, Dataset: c.Dataset})
	if err != nil {
		return nil, err
	}
	var spent []figure.Spending
	for _, row := range c.Rows {
		one := figure.Spending{
			Label: label(c, row), Method: row.Method, Score: scale(c, row.Mean), HalfWidth: scale(c, row.HalfWidth),
		}
		n := 0.0
		for _, run := range runs {
			if run.Method != row.Method || run.Backbone != row.Backbone || run.ConfigHash != row.ConfigHash ||
				run.State != store.Finished {
				continue
			}
			batch, err := batchSize(ctx, s, run.ID)
			if err != nil {
				return nil, err
			}
			n++
			one.Seconds += run.Seconds
			one.Images += float64(run.Step) * batch
		}
		one.Seconds, one.Images = one.Seconds/n, one.Images/n
		spent = append(spent, one)
	}
	f, err := figure.Cost(spent, axis(c), r.Options)
	if err != nil {
		return nil, err
	}
	return f.Describe(
		fmt.Sprintf("mean seconds of work, without interruptions, and images seen (steps times samples a step), of the runs of a method; %s",
			c.Statement()),
	), nil
}

// batchSize is the number of samples of a training step.
func batchSize(ctx context.Context, s *store.Store, run int64) (float64, error) {
	params, err := s.Params(ctx, run)
	for _, p := range params {
		if size, whole := p.Value.(int64); whole && p.Key == "train.batch_size" {
			return float64(size), nil
		}
	}
	return 0, err
}

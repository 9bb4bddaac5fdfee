package experiment

import (
	"context"
	"fmt"

	"github.com/kontrast-ml/kontrast/internal/eval"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// spreadSamples bounds the features that their spread is measured on.
const spreadSamples = 1024

// collapsedRank is an effective rank below which features count as collapsed
// to a few directions.
const collapsedRank = 3

// spread measures how the features of the test split fill their space, and
// raises an alarm if they span a few directions only. A single sample has no spread.
func (e *evaluation) spread(ctx context.Context) ([]*eval.Result, error) {
	n, dim := min(e.test.Len(), spreadSamples), e.test.Dim
	if n < 2 {
		return nil, nil
	}
	features := eval.Features{Dim: dim, Data: e.test.Data[:n*dim]}
	rank, err := eval.RankMe(features)
	if err != nil {
		return nil, err
	}
	uniformity, err := eval.Uniformity(features)
	if err != nil {
		return nil, err
	}
	// The offset that all features share is no sign of collapse.
	directions, err := eval.CenteredRank(features)
	if err != nil {
		return nil, err
	}
	if directions < min(collapsedRank, float64(min(n, dim))/2) {
		detail := fmt.Sprintf("the effective rank of the centered features is %.2f of %d dimensions", directions, dim)
		if err := e.alarm(ctx, train.Alarm{Step: e.steps, Kind: train.DimensionalCollapse, Detail: detail}); err != nil {
			return nil, err
		}
	}
	details := e.details()
	details["samples"] = fmt.Sprint(n)
	return []*eval.Result{{
		Protocol: eval.OnTest("spread", details),
		Values:   []eval.Value{{Metric: "rankme", Value: rank}, {Metric: "uniformity", Value: uniformity}},
	}}, nil
}

package experiment

import (
	"context"
	"fmt"

	"github.com/kontrast-ml/kontrast/internal/eval"
	"github.com/kontrast-ml/kontrast/internal/stats"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// spreadSamples bounds the features that their spread is measured on.
const spreadSamples = 1024

// collapsedRank is an effective rank below which features count as collapsed
// to a few directions.
const collapsedRank = 3

// spread measures how the features of the test split fill their space, and
// raises an alarm if they span a few directions only. A single sample has no spread.
func (s *session) spread(ctx context.Context, steps int, e evaluator, test eval.Set) ([]Score, error) {
	n := min(test.Len(), spreadSamples)
	if n < 2 {
		return nil, nil
	}
	features, err := stats.NewEmbeddings(test.Data[:n*test.Dim], n, test.Dim)
	if err != nil {
		return nil, err
	}
	rank, err := features.EffectiveRank()
	if err != nil {
		return nil, err
	}
	uniformity, err := features.Unit().Uniformity()
	if err != nil {
		return nil, err
	}
	// The offset that all features share is no sign of collapse.
	directions, err := features.Centered().EffectiveRank()
	if err != nil {
		return nil, err
	}
	if directions < min(collapsedRank, float64(min(n, test.Dim))/2) {
		detail := fmt.Sprintf("the effective rank of the centered features is %.2f of %d dimensions", directions, test.Dim)
		if err := s.alarm(ctx, train.Alarm{Step: steps, Kind: train.DimensionalCollapse, Detail: detail}); err != nil {
			return nil, err
		}
	}
	protocol := e.protocol("spread")
	protocol.TrainSplit = ""
	protocol.Details["samples"] = fmt.Sprint(n)
	return []Score{{protocol, "rankme", rank}, {protocol, "uniformity", uniformity}}, nil
}

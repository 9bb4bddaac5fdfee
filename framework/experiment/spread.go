package experiment

import (
	"context"
	"fmt"

	"github.com/kontrast-ml/kontrast/framework/eval"
	"github.com/kontrast-ml/kontrast/framework/stats"
	"github.com/kontrast-ml/kontrast/framework/train"
)

// spreadSamples bounds the features that their spread is measured on.
const spreadSamples = 1024

// collapsedRank is an effective rank below which features count as collapsed
// to a few directions.
const collapsedRank = 3

// spread measures how the features of the test split fill their space, and
// raises an alarm if they span a few directions only.
func (s *session) spread(ctx context.Context, steps int, e evaluator, test eval.Set) ([]Score, error) {
	n := min(test.Len(), spreadSamples)
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
	if rank < min(collapsedRank, float64(test.Dim)/2) {
		detail := fmt.Sprintf("the effective rank of the features is %.2f of %d dimensions", rank, test.Dim)
		if err := s.alarm(ctx, train.Alarm{Step: steps, Kind: train.DimensionalCollapse, Detail: detail}); err != nil {
			return nil, err
		}
	}
	protocol := e.protocol("spread")
	protocol.TrainSplit = ""
	protocol.Details["samples"] = fmt.Sprint(n)
	return []Score{{protocol, "rankme", rank}, {protocol, "uniformity", uniformity}}, nil
}

package experiment

import (
	"context"

	"github.com/kontrast-ml/kontrast/internal/eval/finetune"
	"github.com/kontrast-ml/kontrast/internal/loader"
)

// fineTune trains copies of the network on with labels, for each share of them
// that the configuration asks for.
func (s *session) fineTune(ctx context.Context, test *loader.Loader) ([]Score, []result, error) {
	spec := s.plan.Spec
	tuned, err := spec.Eval.FineTune.Evaluate(ctx, finetune.Network{
		Backend: s.Backend, Store: s.store, Backbone: s.backbone, Method: s.method,
		Training: s.images.training, Test: test, Classes: s.images.classes, Size: s.images.size,
		Normalization: s.images.normalization, Seed: spec.Seed, Workers: spec.Train.Workers,
	})
	if err != nil {
		return nil, nil, err
	}
	scores, results := fromTransfer(tuned)
	return scores, results, nil
}

package mochi

import (
	"errors"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/config"
)

// uniform draws count numbers for each sample, [N, count] in [0, 1).
func (m *method) uniform(s *framework.Step, name string, count int) *graph.Node {
	if m.fixed != nil {
		return m.fixed(s, name)
	}
	return s.Uniform(s.BatchSize(), count)
}

// pick takes from each row [N, H] the entries that numbers in [0, 1), [N, C], point at.
func pick(rows, numbers *graph.Node) *graph.Node {
	at := graph.ConvertDType(graph.Floor(graph.MulScalar(numbers, float64(rows.Shape().Dim(1)))), dtypes.Int32)
	return graph.Squeeze(framework.TakePatches(graph.ExpandAxes(rows, 2), at), 2)
}

// Validate checks what ranges can't.
func (p *Params) Validate() error {
	if p.Hardest > p.Queue {
		return config.Faultf("hardest", "%d keys are more than the queue has, which is %d long", p.Hardest, p.Queue)
	}
	return nil
}

// CheckBatch reports a batch size that the queue or the splits don't fit.
func (p *Params) CheckBatch(size int) error {
	faults := []error{framework.CheckQueue("method.queue", p.Queue, size)}
	if size%p.BatchNormSplits != 0 {
		faults = append(faults, config.Faultf("method.batch_norm_splits",
			"the batch size %d can't be split into %d equal parts", size, p.BatchNormSplits))
	}
	return errors.Join(faults...)
}

package moco

import (
	"errors"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/config"
)

func (m *method) queue(s *framework.Step) *framework.Queue {
	if m.CutQueue {
		return s.CutQueue("queue", m.Queue, m.OutputDim)
	}
	return s.Queue("queue", m.Queue, m.OutputDim)
}

// CheckBatch reports a batch size that the queue or the splits don't fit.
func (p *Params) CheckBatch(size int) error {
	var faults []error
	switch {
	case !p.CutQueue:
		faults = append(faults, framework.CheckQueue("method.queue", p.Queue, size))
	case p.Queue < size:
		faults = append(
			faults, config.Faultf("method.queue", "a queue of %d keys is shorter than a batch of %d", p.Queue, size),
		)
	}
	if size%p.BatchNormSplits != 0 {
		faults = append(faults, config.Faultf("method.batch_norm_splits",
			"the batch size %d can't be split into %d equal parts", size, p.BatchNormSplits))
	}
	return errors.Join(faults...)
}

package swav

import (
	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/optim"
)

// What changes with the epochs, by name.
const (
	trainPrototypes = "train_prototypes"
	fillQueue       = "fill_queue"
)

// Schedules implements [framework.Scheduler].
func (m *method) Schedules(length framework.Length) map[string]optim.Schedule {
	return map[string]optim.Schedule{
		trainPrototypes: framework.SwitchOn(m.FreezeEpochs, length),
		fillQueue:       framework.SwitchOn(m.QueueEpoch, length),
	}
}

// Adjust implements [framework.ParameterAdjuster].
func (m *method) Adjust(s *framework.Step, parameter *optim.Param) {
	if parameter.Part == framework.PrototypesPart {
		parameter.Active = s.Switch(trainPrototypes)
	}
}

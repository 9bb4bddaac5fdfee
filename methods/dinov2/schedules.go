package dinov2

import (
	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/optim"
)

// What changes with the epochs, by name.
const (
	teacherTemperature = "teacher_temperature"
	teacherMomentum    = "teacher_momentum"
	trainLastLayer     = "train_last_layer"
)

// Schedules implements [framework.Scheduler].
func (m *method) Schedules(length framework.Length) map[string]optim.Schedule {
	return map[string]optim.Schedule{
		teacherTemperature: framework.WarmTemperature(m.WarmupTemperature, m.TeacherTemperature, m.WarmupEpochs, length),
		teacherMomentum:    framework.MomentumToOne(m.TeacherMomentum, length),
		trainLastLayer:     framework.SwitchOn(m.FreezeEpochs, length),
	}
}

// Adjust implements [framework.ParameterAdjuster].
func (m *method) Adjust(s *framework.Step, parameter *optim.Param) {
	framework.AdjustLastLayer(parameter, s.Switch(trainLastLayer))
}

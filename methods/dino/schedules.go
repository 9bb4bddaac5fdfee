package dino

import (
	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/optim"
)

// What changes with the epochs, by name.
const (
	teacherTemperature = "teacher_temperature"
	teacherMomentum    = "teacher_momentum"
	trainLastLayer     = "train_last_layer"
	weightDecay        = "weight_decay"
)

// Schedules implements [framework.Scheduler].
func (m *method) Schedules(length framework.Length) map[string]optim.Schedule {
	schedules := map[string]optim.Schedule{
		teacherTemperature: framework.WarmTemperature(m.WarmupTemperature, m.TeacherTemperature, m.WarmupEpochs, length),
		teacherMomentum:    framework.MomentumToOne(m.TeacherMomentum, length),
		trainLastLayer:     framework.SwitchOn(m.FreezeEpochs, length),
	}
	if m.StartDecay > 0 || m.EndDecay > 0 {
		schedules[weightDecay] = optim.Cosine{From: m.StartDecay, To: m.EndDecay, Steps: length.Steps(), Form: optim.DINO}
	}
	return schedules
}

// Adjust implements [framework.ParameterAdjuster].
func (m *method) Adjust(s *framework.Step, parameter *optim.Param) {
	framework.AdjustLastLayer(parameter, s.Switch(trainLastLayer))
}

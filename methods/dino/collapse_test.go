package dino

import (
	"testing"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/internal/train"
	"github.com/kontrast-ml/kontrast/methodtest"
)

// withoutCenter is DINO broken on purpose: its center stays 0.
type withoutCenter struct{ *method }

func (m withoutCenter) Update(s *framework.Step, _ []framework.Pair) {
	s.MomentumEncoder().Follow(s.Scalar(teacherMomentum))
}

func TestWithoutCenterDINOCollapses(t *testing.T) {
	params := Params{
		StudentTemperature: 0.1, TeacherTemperature: 0.04, WarmupTemperature: 0.04, TeacherMomentum: 0.99,
		CenterMomentum: 0.9,
		HeadLayers:     2, HiddenDim: 64, BottleneckDim: 16, OutputDim: 64, BatchNorm: true,
	}
	for _, test := range []struct {
		name      string
		method    framework.Method
		collapses bool
	}{{"whole", &method{Params: params}, false}, {"without center", withoutCenter{&method{params}}, true}} {
		t.Run(test.name, func(t *testing.T) {
			result := methodtest.Training{
				Method: test.method, Backbone: methodtest.ResNet(t), Recipe: "mocov2-cifar",
				Samples: 256, Batch: 32, Epochs: 10, Rate: 0.03,
			}.Run(t)
			if got := result.Raised(train.Collapse); got != test.collapses {
				t.Errorf("the collapse alarm is %v, want %v; alarms %v", got, test.collapses, result.Alarms)
			}
		})
	}
}

package byol

import (
	"testing"

	"github.com/kontrast-ml/kontrast/internal/golden"
	"github.com/kontrast-ml/kontrast/internal/methodgolden"
)

// TestInLockStepWithLightly trains beside lightly for 100 steps.
func TestInLockStepWithLightly(t *testing.T) {
	method, err := New(Params{HiddenDim: 16, OutputDim: 8, HeadBias: "output", TargetMoves: "before"})
	if err != nil {
		t.Fatal(err)
	}
	training := methodgolden.SGD(t, "lockstep_lightly", "byol")
	training.Method = method
	training.Rename = map[string]string{
		"prediction_head.layers.0.": "predictor/linear0/", "prediction_head.layers.1.": "predictor/norm0/",
		"prediction_head.layers.3.": "predictor/linear1/",
	}
	for prefix, encoder := range map[string]string{"": "online/", "target_": "momentum/"} {
		training.Rename[prefix+"backbone."] = encoder + "backbone/"
		training.Rename[prefix+"projection_head.layers.0."] = encoder + "projector/linear0/"
		training.Rename[prefix+"projection_head.layers.1."] = encoder + "projector/norm0/"
		training.Rename[prefix+"projection_head.layers.3."] = encoder + "projector/linear1/"
	}
	c := golden.Load(t, "lockstep_lightly").Case(t, "byol")
	training.Schedules[momentumSchedule] = golden.Decode[methodgolden.Steps](t, c.Params, "momentum_per_step")
	training.Run(t)
}

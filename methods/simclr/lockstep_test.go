package simclr

import (
	"testing"

	"github.com/kontrast-ml/kontrast/internal/methodgolden"
)

// TestInLockStepWithLightly trains beside lightly for 100 steps.
func TestInLockStepWithLightly(t *testing.T) {
	method, err := New(Params{
		Temperature: 0.5, HiddenDim: 16, OutputDim: 8, HeadLayers: 2, BatchNorm: "per-view", OutputBias: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	training := methodgolden.SGD(t, "lockstep_lightly", "simclr")
	training.Method = method
	training.Rename = map[string]string{
		"backbone.":                 "online/backbone/",
		"projection_head.layers.0.": "online/projector/linear0/", "projection_head.layers.1.": "online/projector/norm0/",
		"projection_head.layers.3.": "online/projector/linear1/", "projection_head.layers.4.": "online/projector/norm1/",
	}
	training.Run(t)
}

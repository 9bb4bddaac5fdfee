package moco

import (
	"testing"

	"github.com/kontrast-ml/kontrast/internal/golden"
	"github.com/kontrast-ml/kontrast/internal/methodgolden"
)

// TestInLockStepWithLightly trains MoCo v2 beside lightly for 100 steps.
func TestInLockStepWithLightly(t *testing.T) {
	method, err := NewV2(Params{Temperature: 0.2, EncoderMomentum: 0.99, Queue: 48, OutputDim: 8, BatchNormSplits: 1})
	if err != nil {
		t.Fatal(err)
	}
	training := methodgolden.SGD(t, "lockstep_lightly", "mocov2")
	training.Method = method
	training.Rename = map[string]string{}
	for suffix, encoder := range map[string]string{"": "online/", "_momentum": "momentum/"} {
		training.Rename["backbone"+suffix+"."] = encoder + "backbone/"
		training.Rename["projection_head"+suffix+".layers.0."] = encoder + "projector/linear0/"
		training.Rename["projection_head"+suffix+".layers.2."] = encoder + "projector/linear1/"
	}
	c := golden.Load(t, "lockstep_lightly").Case(t, "mocov2")
	queue := c.Filled(t, "queue")[0].Tensor(golden.Decode[uint64](t, c.Params, "fill_seed"))
	training.Start = map[string]golden.Tensor{"/state/queue/keys": queue}
	training.Run(t)
}

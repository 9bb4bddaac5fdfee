package moco

import (
	"testing"

	"github.com/kontrast-ml/kontrast/methodtest"
)

func TestV1Conformance(t *testing.T) {
	methodtest.Run(t, V1, methodtest.Options{
		Epochs: 16, Rate: 0.001,
		Params:  &Params{Temperature: 0.07, EncoderMomentum: 0.9, Queue: 32, OutputDim: 8, BatchNormSplits: 2},
		Changes: []string{"/momentum/", "/state/queue/"},
	})
}

func TestV2Conformance(t *testing.T) {
	methodtest.Run(t, V2, methodtest.Options{
		Epochs: 16, Rate: 0.001, Warmup: 2,
		Params:  &Params{Temperature: 0.2, EncoderMomentum: 0.9, Queue: 32, OutputDim: 8, BatchNormSplits: 2},
		Changes: []string{"/momentum/", "/state/queue/"},
	})
}

func TestV3Conformance(t *testing.T) {
	methodtest.Run(t, V3, methodtest.Options{
		Params:  &ParamsV3{Temperature: 0.2, EncoderMomentum: 0.9, HiddenDim: 32, OutputDim: 8, ProjectorLayers: 2},
		Changes: []string{"/momentum/"},
	})
}

// A queue of 40 keys takes two batches of 16 and half of a third.
func TestCutQueue(t *testing.T) {
	methodtest.Run(t, V2, methodtest.Options{
		Epochs: 16, Rate: 0.001, Warmup: 2,
		Params:  &Params{Temperature: 0.2, EncoderMomentum: 0.9, Queue: 40, CutQueue: true, OutputDim: 8, BatchNormSplits: 2},
		Changes: []string{"/momentum/", "/state/queue/"},
		Without: []string{"vit", "basic", "bottleneck", "selective", "clip-resnet", "clip-vit"}, // one says it all
	})
}

func TestQueueFitsTheBatchOrIsCut(t *testing.T) {
	whole, cut := Params{Queue: 40, BatchNormSplits: 1}, Params{Queue: 40, BatchNormSplits: 1, CutQueue: true}
	if err := whole.CheckBatch(16); err == nil {
		t.Error("a queue of 40 keys is taken for a multiple of 16")
	}
	if err := cut.CheckBatch(16); err != nil {
		t.Error(err)
	}
	if err := cut.CheckBatch(64); err == nil {
		t.Error("a queue of 40 keys takes batches of 64")
	}
}

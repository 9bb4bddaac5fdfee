package methodtest_test

import (
	"testing"

	"github.com/kontrast-ml/kontrast/methods/moco"
	"github.com/kontrast-ml/kontrast/methodtest"
)

// A method's own test package has this test. Small widths make it quick; Changes
// names what the method keeps from step to step besides what is trained: MoCo's
// momentum encoder and queue.
func ExampleRun() {
	_ = func(t *testing.T) { // func TestConformance
		methodtest.Run(t, moco.V2, methodtest.Options{
			Params:  &moco.Params{Temperature: 0.2, EncoderMomentum: 0.9, Queue: 32, OutputDim: 8, BatchNormSplits: 2},
			Changes: []string{"/momentum/", "/state/queue/"},
			Epochs:  16,
		})
	}
}

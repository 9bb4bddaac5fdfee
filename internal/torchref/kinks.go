package torchref

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/kontrast-ml/kontrast/internal/relumask"
)

// Kink is an input of a ReLU so near 0 that in float32 it may fall to the other side. One such input among the
// millions of a deep network moves single gradients: PyTorch 1.13 in float32, with one thread or two, with oneDNN or
// without, differs from PyTorch in float64 in 1 to 6 of the 5.9 million masks of resnet50_cifar_stem_32x32_b2_train,
// and in single gradients by 2e-2 to 2e-1 (of the greatest value of the tensor, section 3 of the fixtures' README),
// but by 2e-5 to 5e-5 if float64 takes the masks of float32; it differs in no masks of the ResNet-18 cases.
type Kink struct {
	ReLU  int // in the order of the graph
	Index int // flat, of the input as it lies in our network
	// Value is the input in float64 over the root mean square of that ReLU's inputs.
	Value float64
}

// nearZero is the absolute value below which an input is a kink: half the tolerance of features. The engine's inputs
// were seen to differ from float64 by at most 3.6e-5, by 2e-6 in root mean square (resnet50_cifar_stem_16x16_b4_train).
const nearZero = 5e-5

// MarshalJSON writes [ReLU, Index, Value], the value to three digits.
func (k Kink) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, "[%d,%d,%.2e]", k.ReLU, k.Index, k.Value), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (k *Kink) UnmarshalJSON(data []byte) error {
	var fields [3]float64
	err := json.Unmarshal(data, &fields)
	*k = Kink{int(fields[0]), int(fields[1]), fields[2]}
	return err
}

// Float64 runs the network in float64 on the backend, compares what Run compares, and returns the kinks.
func (c Check) Float64(t *testing.T, backend compute.Backend) []Kink {
	t.Helper()
	network := c.network(t)
	got := network.run(t, backend, dtypes.Float64)
	network.compareOutputs(t, got)
	network.compareBuffers(t, got)
	network.compareGradients(t, got.grads)
	var kinks []Kink
	for relu, inputs := range got.relus {
		scale := norm(inputs) / math.Sqrt(float64(len(inputs)))
		for i, v := range inputs {
			if math.Abs(v) < nearZero*scale {
				kinks = append(kinks, Kink{relu, i, v / scale})
			}
		}
	}
	return kinks
}

// agreed returns the masks with every kink on its side of 0, and the kinks that were not.
func agreed(t *testing.T, own []relumask.Mask, kinks []Kink) (masks []relumask.Mask, flips []Kink) {
	t.Helper()
	for _, mask := range own {
		masks = append(masks, slices.Clone(mask))
	}
	for _, k := range kinks {
		if k.ReLU >= len(masks) || k.Index >= len(masks[k.ReLU]) {
			t.Fatalf("the network has no ReLU input for the kink %+v", k)
		}
		if below := k.Value <= 0; masks[k.ReLU][k.Index] != below {
			masks[k.ReLU][k.Index] = below
			flips = append(flips, k)
		}
	}
	return masks, flips
}

package methodgolden

import (
	"math"
	"testing"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework/optim"
	"github.com/kontrast-ml/kontrast/internal/golden"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// SGD is a training of [Encoder] by SGD with a momentum of 0.9 and a weight decay of
// 1e-4 on all parameters, at the case's rate. Method, Rename and more are to be set.
func SGD(t *testing.T, family, name string) Training {
	t.Helper()
	rate := optim.Constant(golden.Decode[float64](t, golden.Load(t, family).Case(t, name).Params, "rate"))
	return Training{
		Family: family, Case: name, Backbone: Encoder{}, Optimizer: optim.SGD{},
		Group: func(*model.Variable) optim.Group { return optim.Group{} },
		Schedules: map[string]optim.Schedule{
			train.LearningRate: rate, train.BaseLearningRate: rate,
			train.Momentum: optim.Constant(0.9), train.WeightDecay: optim.Constant(1e-4),
		},
	}
}

// inLockStep holds the losses of a long training against the reference's. Rounding
// grows from step to step, so that the measure is the reference's distance from
// itself when one weight is moved by 1e-7: ours may be ten times the largest there
// was up to a step, and at first ten units in the last place of the loss.
func inLockStep(t *testing.T, got []float32, want, yardstick []float64) {
	t.Helper()
	worst, allowed := 0.0, 0.0
	for step, loss := range got {
		allowed = max(allowed, yardstick[step], math.Abs(want[step])*0x1p-23)
		off := math.Abs(float64(loss)-want[step]) / allowed
		if !(off <= 10) {
			t.Errorf("step %d: the loss is %v, the reference's %v: %.3g apart, and a weight moved by 1e-7 moves it by %.2g",
				step, loss, want[step], off*allowed, allowed)
		}
		worst = max(worst, off)
	}
	t.Logf("the losses of %d steps are at most %.2g times as far from the reference as it is from itself", len(got), worst)
}

// imageBase says that views are images of so many samples, which are filled by that
// order, plus so many times what fills the view. Samples follow each other.
type imageBase struct {
	Order   uint64
	Samples int
	Noise   float64
}

func baseOf(t *testing.T, c *golden.Case) (base imageBase, given bool) {
	t.Helper()
	if _, given = c.Params["image_base"]; given {
		base = golden.Decode[imageBase](t, c.Params, "image_base")
	}
	return base, given
}

// with adds the images of the samples to noise [N, C, H, W], in float32 as the reference does.
func (b imageBase) with(noise golden.Tensor, seed uint64, samples []int32) golden.Tensor {
	shape := append([]int{b.Samples}, noise.Shape[1:]...)
	images := golden.Filled{Shape: shape, Order: b.Order, Scale: 1}.Tensor(seed)
	size := len(noise.Data) / noise.Shape[0]
	for i := range noise.Data {
		image := images.Data[int(samples[i/size])*size+i%size]
		noise.Data[i] = float64(float32(image) + float32(b.Noise)*float32(noise.Data[i]))
	}
	return noise
}

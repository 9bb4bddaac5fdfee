package mae

import (
	"fmt"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/backbones"
	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/optim"
	"github.com/kontrast-ml/kontrast/internal/testbackend"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// BenchmarkStep is a training step of the CIFAR-10 preset with the default vision
// transformer, whose encoder sees a quarter of the patches, and one whose encoder
// sees all but one. Dropping patches is worth the quotient.
func BenchmarkStep(b *testing.B) {
	const batch, size = 64, 32
	for _, masked := range []float64{0.75, 0.01} {
		b.Run(fmt.Sprintf("masked=%v", masked), func(b *testing.B) {
			method, err := New(Params{Masked: masked, NormPixels: true, DecoderWidth: 128, DecoderLayers: 2, DecoderHeads: 4})
			if err != nil {
				b.Fatal(err)
			}
			store := model.NewStore()
			defer store.Finalize()
			stepper, err := train.NewStepper(train.Setup{
				Backend: testbackend.New(b), Store: store, Name: "mae", Method: method, Backbone: defaultViT(b, size),
				Optimizer: optim.Adam{Beta1: 0.9, Beta2: 0.95, Epsilon: 1e-8, Decoupled: true},
				Schedules: map[string]optim.Schedule{
					train.LearningRate: optim.Constant(0.001), train.BaseLearningRate: optim.Constant(0.001),
					train.Momentum: optim.Constant(0.9), train.WeightDecay: optim.Constant(0.05),
				},
				Group:  func(v *model.Variable) optim.Group { return optim.Group{NoDecay: optim.IsBiasOrNorm(v)} },
				Length: framework.Length{Epochs: 1, StepsPerEpoch: 1 << 20, BatchSize: batch}, Samples: batch,
			})
			if err != nil {
				b.Fatal(err)
			}
			defer stepper.Close()
			pixels := make([]float32, batch*size*size*3)
			for i := range pixels {
				pixels[i] = float32(i%17)/8 - 1
			}
			in := train.Inputs{
				Views:   []*tensors.Tensor{tensors.FromFlatDataAndDimensions(pixels, batch, size, size, 3)},
				Indices: tensors.FromFlatDataAndDimensions(make([]int32, batch), batch),
				Labels:  tensors.FromFlatDataAndDimensions(make([]int32, batch), batch),
			}
			step := 0
			run := func() {
				if _, err := stepper.Step(step, in); err != nil {
					b.Fatal(err)
				}
				step++
			}
			run() // builds the graph
			for b.Loop() {
				run()
			}
		})
	}
}

func defaultViT(b *testing.B, size int) framework.Backbone {
	for _, factory := range backbones.Builtin() {
		if factory.Name == "vit" {
			made, err := factory.New(factory.Defaults(), size, 3)
			if err != nil {
				b.Fatal(err)
			}
			return made
		}
	}
	b.Fatal("there is no vit")
	return nil
}

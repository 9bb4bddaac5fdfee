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

// benchmarked is an encoder with the decoder that goes with it, and a batch of images for it.
type benchmarked struct {
	name, backbone string
	decoder        Params
	size, batch    int
}

// BenchmarkStep is a training step whose encoder sees a quarter of the patches, and
// one whose encoder sees all but a hundredth. Dropping patches is worth the
// quotient. The sizes are the CIFAR-10 preset's with the default vision
// transformer, and ViT-B/16 and ViT-L/16 with the decoder of the paper (He et al.
// 2022, §4.1), whose Table 2 has 2.8 for ViT-L.
func BenchmarkStep(b *testing.B) {
	paper := Params{NormPixels: true, DecoderWidth: 512, DecoderLayers: 8, DecoderHeads: 16}
	for _, of := range []benchmarked{
		{"small", "vit", Params{NormPixels: true, DecoderWidth: 128, DecoderLayers: 2, DecoderHeads: 4}, 32, 64},
		{"vit-b", "vit-b", paper, 224, 8},
		{"vit-l", "vit-l", paper, 224, 8},
	} {
		for _, masked := range []float64{0.75, 0.01} {
			of.decoder.Masked = masked
			b.Run(fmt.Sprintf("%s/masked=%v", of.name, masked), of.run)
		}
	}
}

func (of benchmarked) run(b *testing.B) {
	method, err := New(of.decoder)
	if err != nil {
		b.Fatal(err)
	}
	store := model.NewStore()
	defer store.Finalize()
	stepper, err := train.NewStepper(train.Setup{
		Backend: testbackend.New(b), Store: store, Name: "mae", Method: method, Backbone: of.encoder(b),
		Optimizer: optim.Adam{Beta1: 0.9, Beta2: 0.95, Epsilon: 1e-8, Decoupled: true},
		Schedules: map[string]optim.Schedule{
			train.LearningRate: optim.Constant(0.001), train.BaseLearningRate: optim.Constant(0.001),
			train.Momentum: optim.Constant(0.9), train.WeightDecay: optim.Constant(0.05),
		},
		Group:  func(v *model.Variable) optim.Group { return optim.Group{NoDecay: optim.IsBiasOrNorm(v)} },
		Length: framework.Length{Epochs: 1, StepsPerEpoch: 1 << 20, BatchSize: of.batch}, Samples: of.batch,
	})
	if err != nil {
		b.Fatal(err)
	}
	defer stepper.Close()
	pixels := make([]float32, of.batch*of.size*of.size*3)
	for i := range pixels {
		pixels[i] = float32(i%17)/8 - 1
	}
	in := train.Inputs{
		Views:   []*tensors.Tensor{tensors.FromFlatDataAndDimensions(pixels, of.batch, of.size, of.size, 3)},
		Indices: tensors.FromFlatDataAndDimensions(make([]int32, of.batch), of.batch),
		Labels:  tensors.FromFlatDataAndDimensions(make([]int32, of.batch), of.batch),
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
}

func (of benchmarked) encoder(b *testing.B) framework.Backbone {
	for _, factory := range backbones.Builtin() {
		if factory.Name == of.backbone {
			made, err := factory.New(factory.Defaults(), of.size, 3)
			if err != nil {
				b.Fatal(err)
			}
			return made
		}
	}
	b.Fatal("there is no " + of.backbone)
	return nil
}

package methods_test

import (
	"math/rand/v2"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/backbones"
	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/augment"
	"github.com/kontrast-ml/kontrast/framework/loss"
	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/framework/optim"
	"github.com/kontrast-ml/kontrast/framework/train"
	"github.com/kontrast-ml/kontrast/internal/testbackend"
	"github.com/kontrast-ml/kontrast/methods"
)

// plain is a bare supervised step on some views, with a forward pass alone over
// one more if keys is set: what methods are measured against.
type plain struct {
	views int
	keys  bool
}

func (p plain) Positives(s *framework.Step) []framework.Pair {
	features := s.EmbedViews(s.Online(), s.Views[:p.views]...)
	logits := framework.Head{Layers: 1, Out: 10, OutputBias: true}.Embed(s.Online().At("classifier"), features)
	anchor := framework.Split(logits, p.views)
	pairs := make([]framework.Pair, p.views)
	for i := range pairs {
		pairs[i] = framework.Pair{Anchor: anchor[i], Positive: graph.StopGradient(anchor[i])}
	}
	if p.keys {
		keys := s.Backbone(s.MomentumEncoder().Scope(), s.Views[1])
		nn.Buffer(s.State(), "keys", nn.Zeros).SetNodeValue(graph.ReduceAllMean(keys))
	}
	return pairs
}

func (plain) Negatives(*framework.Step, []framework.Pair) *framework.Negatives { return nil }

func (plain) Loss(s *framework.Step, pairs []framework.Pair, _ *framework.Negatives) *graph.Node {
	total := s.Constant(0)
	for _, pair := range pairs {
		total = graph.Add(total, loss.CrossEntropy(pair.Anchor, s.Labels))
	}
	return total
}

func (plain) Update(*framework.Step, []framework.Pair) {}

// BenchmarkStep is a training step of each method with its default settings, on
// a ResNet-8 and batches of 128 samples of 32×32 pixels in the views of its
// paper, beside bare steps of the same network: supervised on one view, on two,
// and on one with a forward pass over another. Compare simclr with
// supervised-two-views and mocov1 with supervised-and-keys.
func BenchmarkStep(b *testing.B) {
	bench := func(name string, method framework.Method, recipe string) {
		b.Run(name, func(b *testing.B) { benchmarkStep(b, method, recipe) })
	}
	bench("supervised", plain{views: 1}, "simclr-cifar")
	bench("supervised-two-views", plain{views: 2}, "simclr-cifar")
	bench("supervised-and-keys", plain{views: 1, keys: true}, "simclr-cifar")
	for _, factory := range methods.Builtin() {
		if factory.Name == "clip" || factory.Name == "siglip" {
			continue // their time is that of the text tower
		}
		method, err := factory.New(factory.Defaults())
		if err != nil {
			b.Fatal(err)
		}
		bench(factory.Name, method, factory.RecipeFor(32))
	}
}

func benchmarkStep(b *testing.B, method framework.Method, recipeName string) {
	const batch, samples = 128, 4096
	var network framework.Backbone
	for _, factory := range backbones.Builtin() {
		if factory.Name == "resnet8" {
			made, err := factory.New(factory.Defaults(), 32, 3)
			if err != nil {
				b.Fatal(err)
			}
			network = made
		}
	}
	store := model.NewStore()
	defer store.Finalize()
	settings := train.Defaults()
	settings.BatchSize = batch
	length := framework.Length{Epochs: 10, StepsPerEpoch: samples / batch, BatchSize: batch}
	schedules, err := settings.Schedules(length)
	if err != nil {
		b.Fatal(err)
	}
	if scheduler, ok := method.(framework.Scheduler); ok {
		for name, schedule := range scheduler.Schedules(length) {
			schedules[name] = schedule
		}
	}
	stepper, err := train.NewStepper(train.Setup{
		Backend: testbackend.New(b), Store: store, Name: b.Name(), Method: method, Backbone: network,
		Optimizer: optim.SGD{}, Schedules: schedules, Group: settings.Optimizer.Group, Length: length, Samples: samples,
	})
	if err != nil {
		b.Fatal(err)
	}
	defer stepper.Close()
	in := randomInputs(b, recipeName, batch)
	step := func(i int) {
		if _, err := stepper.Step(i, in); err != nil {
			b.Fatal(err)
		}
	}
	step(0)
	debug.FreeOSMemory()
	forgetPeak()
	for i := 0; b.Loop(); i++ {
		step(i % length.Steps())
	}
	b.ReportMetric(float64(batch)*float64(b.N)/b.Elapsed().Seconds(), "images/s")
	if peak, ok := peakMemory(); ok {
		b.ReportMetric(peak, "peak-MB")
	}
}

func randomInputs(b *testing.B, recipeName string, batch int) train.Inputs {
	recipe, err := augment.Named(recipeName, 32)
	if err != nil {
		b.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 1))
	in := train.Inputs{}
	for _, size := range recipe.Sizes() {
		pixels := make([]float32, batch*size*size*3)
		for i := range pixels {
			pixels[i] = float32(random.NormFloat64())
		}
		in.Views = append(in.Views, tensors.FromFlatDataAndDimensions(pixels, batch, size, size, 3))
	}
	indices, labels := make([]int32, batch), make([]int32, batch)
	for i := range indices {
		indices[i], labels[i] = int32(i), int32(i%10)
	}
	in.Indices = tensors.FromFlatDataAndDimensions(indices, batch)
	in.Labels = tensors.FromFlatDataAndDimensions(labels, batch)
	return in
}

// forgetPeak makes peakMemory start anew, where the system is Linux.
func forgetPeak() { _ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) }

// peakMemory is the largest resident memory of the process since forgetPeak, in megabytes.
func peakMemory() (megabytes float64, ok bool) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, false
	}
	_, after, found := strings.Cut(string(status), "VmHWM:")
	if !found {
		return 0, false
	}
	kilobytes, err := strconv.Atoi(strings.Fields(after)[0])
	return float64(kilobytes) / 1024, err == nil
}

package backbones

import (
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/internal/testbackend"
)

// BenchmarkStep times a forward and a backward pass at 32×32 pixels, all
// gradients summed to one number so that none is left out and none is copied.
func BenchmarkStep(b *testing.B) {
	const batch, size = 64, 32
	small := func(p any) { p.(*ViTParams).Width, p.(*ViTParams).Layers = 96, 6 }
	for _, bench := range []struct {
		name   string
		change func(params any)
	}{
		{"resnet8", func(any) {}},
		{"resnet20", func(any) {}},
		{"resnet18", func(any) {}},
		{"vit", small},
	} {
		b.Run(bench.name, func(b *testing.B) {
			var net framework.Backbone
			for _, f := range Builtin() {
				if f.Name != bench.name {
					continue
				}
				params := f.Defaults()
				bench.change(params)
				var err error
				if net, err = f.New(params, size, 3); err != nil {
					b.Fatal(err)
				}
			}
			store := model.NewStore()
			exec := model.MustNewExec(testbackend.New(b), store, func(root *model.Scope, x *graph.Node) *graph.Node {
				store.SetTraining(x.Graph(), true)
				loss := graph.ReduceAllMean(graph.Square(net.Embed(root, x)))
				total := loss
				for _, grad := range root.BuildTrainableVariablesGradientsGraph(loss) {
					total = graph.Add(total, graph.ReduceAllSum(grad))
				}
				return total
			})
			images := tensors.FromFlatDataAndDimensions(ramp(batch*size*size*3), batch, size, size, 3)
			exec.MustCall(images)
			b.ResetTimer()
			for b.Loop() {
				exec.MustCall(images)
			}
			b.ReportMetric(float64(batch*b.N)/b.Elapsed().Seconds(), "images/s")
		})
	}
}

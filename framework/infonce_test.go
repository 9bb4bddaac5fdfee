package framework_test

import (
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/internal/golden"
	"github.com/kontrast-ml/kontrast/internal/testbackend"
)

// InfoNCE over the rest of the batch is NT-Xent, as lightly and solo-learn compute it.
func TestInfoNCEOverTheRestOfTheBatchIsNTXent(t *testing.T) {
	file := golden.Load(t, "loss_ntxent")
	for i := range file.Cases {
		ref := &file.Cases[i]
		t.Run(ref.Name, func(t *testing.T) {
			temperature := golden.Decode[float32](t, ref.Params, "temperature")
			var views []any
			for _, name := range []string{"out0", "out1"} {
				view := ref.Input(t, name)
				views = append(views, tensors.FromFlatDataAndDimensions(view.Float32(), view.Shape...))
			}
			got, err := graph.CallOnceN(testbackend.New(t), func(out0, out1 *graph.Node) []*graph.Node {
				z0, z1 := nn.L2Normalize(out0), nn.L2Normalize(out1)
				pairs := []framework.Pair{{Anchor: z0, Positive: z1}, {Anchor: z1, Positive: z0}}
				loss := framework.InfoNCE(pairs, framework.RestOfBatch(pairs), graph.Const(out0.Graph(), temperature))
				return append([]*graph.Node{loss}, graph.Gradient(loss, out0, out1)...)
			}, views...)
			if err != nil {
				t.Fatal(err)
			}
			golden.Near(t, "loss", []float32{tensors.ToScalar[float32](got[0])}, ref.Output(t, "loss"), 1e-5)
			for i, name := range []string{"out0", "out1"} {
				golden.Near(t, "gradient of "+name, tensors.MustCopyFlatData[float32](got[1+i]), ref.Grad(t, name), 1e-4)
			}
		})
	}
}

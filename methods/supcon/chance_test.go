package supcon

import (
	"math"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/loss"
	"github.com/kontrast-ml/kontrast/internal/testbackend"
)

// The loss of views that are all the same is that of guessing, whatever the labels.
func TestLossAtChanceIsThatOfEqualViews(t *testing.T) {
	m := &method{Params{Temperature: 0.1, BaseTemperature: 0.07}}
	const samples = 6
	for _, inside := range []bool{false, true} {
		got, err := graph.CallOnce(testbackend.New(t), func(view, labels *graph.Node) *graph.Node {
			temperature := graph.Const(view.Graph(), float32(m.Temperature))
			base := graph.Const(view.Graph(), float32(m.BaseTemperature))
			pairs := []framework.Pair{{Anchor: view, Positive: graph.Identity(view)}}
			negatives := framework.OtherLabels(pairs, labels).Similarities(0, view)
			return loss.SupCon(view, framework.DistinctEmbeddings(pairs), labels, negatives, temperature, base, inside)
		}, [][]float32{{0.6, 0.8}, {0.6, 0.8}, {0.6, 0.8}, {0.6, 0.8}, {0.6, 0.8}, {0.6, 0.8}}, []int32{0, 0, 0, 1, 1, 2})
		if err != nil {
			t.Fatal(err)
		}
		want := m.LossAtChance(2*samples - 2)
		if value := float64(tensors.ToScalar[float32](got)); math.Abs(value-want) > 1e-5 {
			t.Errorf("inside %v: the loss is %v, want %v", inside, value, want)
		}
	}
}

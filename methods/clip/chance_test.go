package clip

import (
	"math"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/loss"
	"github.com/kontrast-ml/kontrast/internal/testbackend"
)

// Where all embeddings are the same, no bias does better than the loss of guessing.
func TestSigLIPsLossAtChanceIsTheLeastOfEqualEmbeddings(t *testing.T) {
	const samples = 4
	at := func(bias float64) float64 {
		got, err := graph.CallOnce(testbackend.New(t), func(x *graph.Node) *graph.Node {
			far := graph.Const(x.Graph(), [][]float32{{1, 1, 1}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}})
			return loss.SigLIP(x, x, far, graph.Const(x.Graph(), float32(0)), graph.Const(x.Graph(), float32(bias-1)), nil)
		}, [][]float32{{0.6, 0.8}, {0.6, 0.8}, {0.6, 0.8}, {0.6, 0.8}})
		if err != nil {
			t.Fatal(err)
		}
		return float64(tensors.ToScalar[float32](got))
	}
	best := math.Log(1. / (samples - 1)) // the logit of one in four
	want := (&sigLIP{}).LossAtChance(samples - 1)
	if got := at(best); math.Abs(got-want) > 1e-5 {
		t.Errorf("the loss at the best bias is %v, want %v", got, want)
	}
	for _, bias := range []float64{best - 0.5, best + 0.5} {
		if got := at(bias); got <= want {
			t.Errorf("the loss at bias %v is %v, not above %v", bias, got, want)
		}
	}
}

// TestCaptionsOfOneImageMatchIt has the images a, a and b with a caption each:
// of the nine pairs the first four match, and the last.
func TestCaptionsOfOneImageMatchIt(t *testing.T) {
	result, err := graph.CallOnce(testbackend.New(t), func(x *graph.Node) *graph.Node {
		g := x.Graph()
		matching := graph.Const(g, [][]bool{{true, true, false}, {true, true, false}, {false, false, true}})
		far := (&framework.Negatives{Keys: []*graph.Node{x}}).Without(matching).Similarities(0, x)
		return loss.SigLIP(x, x, far, graph.Const(g, float32(math.Log(2))), graph.Const(g, float32(-1)), matching)
	}, [][]float32{{1, 0}, {1, 0}, {0, 1}})
	if err != nil {
		t.Fatal(err)
	}
	logistic := func(x float64) float64 { return math.Log(1 + math.Exp(x)) }
	alike, apart := 2.0-1, 0.0-1 // logits of cosines 1 and 0
	want := (5*logistic(-alike) + 4*logistic(apart)) / 3
	if got := float64(tensors.ToScalar[float32](result)); math.Abs(got-want) > 1e-6 {
		t.Errorf("loss %g, want %g", got, want)
	}
}

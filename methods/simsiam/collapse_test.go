package simsiam

import (
	"testing"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/internal/train"
	"github.com/kontrast-ml/kontrast/methodtest"
)

// symmetric is SimSiam without the stop-gradient: targets learn too.
type symmetric struct{ *method }

func (m symmetric) Positives(s *framework.Step) []framework.Pair { return m.pairs(m.embed(s)) }

func (m symmetric) Loss(_ *framework.Step, pairs []framework.Pair, _ *framework.Negatives) *graph.Node {
	cosine := func(pair framework.Pair) *graph.Node {
		product := graph.Mul(nn.L2Normalize(pair.Anchor), nn.L2Normalize(pair.Positive))
		return graph.ReduceAllMean(graph.ReduceSum(product, -1))
	}
	return graph.DivScalar(graph.Add(cosine(pairs[0]), cosine(pairs[1])), -2)
}

func TestWithoutStopGradientSimSiamCollapses(t *testing.T) {
	made, err := New(Params{ProjectorLayers: 2, HiddenDim: 32, OutputDim: 32, BottleneckDim: 8, FixPredictorLR: true})
	if err != nil {
		t.Fatal(err)
	}
	whole := made.(*method)
	for _, test := range []struct {
		name      string
		method    framework.Method
		collapses bool
	}{{"whole", whole, false}, {"without stop-gradient", symmetric{whole}, true}} {
		t.Run(test.name, func(t *testing.T) {
			result := methodtest.Training{
				Method: test.method, Backbone: methodtest.ResNet(t), Recipe: "mocov2-cifar",
				Samples: 256, Batch: 32, Epochs: 12, Rate: 0.2, Decay: 5e-4,
			}.Run(t)
			if got := result.Raised(train.Collapse); got != test.collapses {
				t.Errorf("the collapse alarm is %v, want %v; alarms %v", got, test.collapses, result.Alarms)
			}
		})
	}
}

package all4one

import (
	"errors"
	"math"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/framework/loss"
	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/framework/optim"
)

// project embeds both views, each with batch statistics of its own.
func (m *method) project(s *framework.Step, encoder *model.Scope) []*graph.Node {
	nn.WithBatchGroups(encoder, 2)
	head := framework.Head{
		Layers: 3, Hidden: m.HiddenDim, Out: m.OutputDim, HiddenBias: true, OutputBias: true,
		OutputNorm: &nn.BatchNormConfig{},
	}
	return framework.Split(head.Embed(encoder.At("projector"), s.EmbedViews(encoder, s.Views[:2]...)), 2)
}

// predict is one of two predictors.
func (m *method) predict(s *framework.Step, name string, z []*graph.Node) []*graph.Node {
	head := framework.Head{Layers: 2, Hidden: m.PredictorDim, Out: m.OutputDim, HiddenBias: true, OutputBias: true}
	return framework.Split(head.Embed(nn.WithBatchGroups(s.Predictor().At("%s", name), 2), graph.Concatenate(z, 0)), 2)
}

func (m *method) queue(s *framework.Step) *framework.Queue {
	return s.Queue("queue", m.Queue, m.OutputDim)
}

// mixer marks the transformer, which learns at a tenth of the rate in solo-learn's preset.
const mixer optim.Part = "mixer"

// mix is what a transformer makes of the first of the tokens [N, 5, D], as a unit
// vector. Its layers normalize after each branch; solo-learn drops out a tenth inside.
func (m *method) mix(s *framework.Step, tokens *graph.Node) *graph.Node {
	scope := s.Predictor().At("mixer")
	s.Mark(scope, mixer)
	z := graph.Add(tokens, graph.Const(s.Graph, [][][]float32{positions(m.Neighbors, m.OutputDim)}))
	for i := range m.MixerLayers {
		layer := scope.At("%d", i)
		attended := nn.SelfAttention(layer.At("attn"), z, nn.AttentionConfig{Heads: m.MixerHeads})
		z = nn.LayerNorm(layer.At("norm1"), graph.Add(z, attended), nn.LayerNormConfig{})
		hidden := nn.ReLU(nn.Linear(layer.At("linear1"), z, 2*m.OutputDim, nn.LinearConfig{}))
		z = nn.LayerNorm(
			layer.At("norm2"), graph.Add(z, nn.Linear(layer.At("linear2"), hidden, m.OutputDim, nn.LinearConfig{})),
			nn.LayerNormConfig{},
		)
	}
	return nn.L2Normalize(graph.Squeeze(graph.Slice(z, graph.AxisRange(), graph.AxisElem(0)), 1))
}

// positions are sines and cosines along the width, of frequencies that depend on the
// token: as solo-learn has it, which exchanges the two axes.
func positions(tokens, width int) [][]float32 {
	channels := float64(tokens + tokens%2)
	table := make([][]float32, tokens)
	for k := range table {
		table[k] = make([]float32, width)
		frequency := math.Pow(10000, -2*float64(k/2)/channels)
		for x := range table[k] {
			if k%2 == 0 {
				table[k][x] = float32(math.Sin(float64(x) * frequency))
			} else {
				table[k][x] = float32(math.Cos(float64(x) * frequency))
			}
		}
	}
	return table
}

// redundancy is how far the correlations of the features of anchors and positives are
// from the identity: half the root mean square of what is missing on the diagonal,
// half that of what there is beside it.
func redundancy(pairs []framework.Pair) *graph.Node {
	part := func(of func(correlation *graph.Node) *graph.Node) *graph.Node {
		return graph.Sqrt(framework.MeanOver(pairs, func(_ int, pair framework.Pair) *graph.Node {
			return of(graph.EinsumAxes(unitColumns(pair.Positive), unitColumns(pair.Anchor), [][2]int{{0, 0}}, nil))
		}))
	}
	on := part(func(c *graph.Node) *graph.Node {
		width := c.Shape().Dim(0)
		missing := graph.Where(loss.SameSample(c.Graph(), width), graph.OneMinus(c), graph.ZerosLike(c))
		return graph.DivScalar(graph.ReduceAllSum(graph.Square(missing)), width)
	})
	off := part(func(c *graph.Node) *graph.Node {
		width := c.Shape().Dim(0)
		beside := graph.Where(loss.SameSample(c.Graph(), width), graph.ZerosLike(c), c)
		return graph.DivScalar(graph.ReduceAllSum(graph.Square(beside)), width*(width-1))
	})
	return graph.MulScalar(graph.Add(on, off), 0.5)
}

// unitColumns scales the columns of x [N, D] to length 1.
func unitColumns(x *graph.Node) *graph.Node {
	squares := graph.ReduceAndKeep(graph.Square(x), graph.ReduceSum, 0)
	return graph.Div(x, graph.Sqrt(graph.MaxScalar(squares, 1e-24)))
}

// Adjust implements [framework.ParameterAdjuster].
func (m *method) Adjust(_ *framework.Step, parameter *optim.Param) {
	if parameter.Part == mixer {
		parameter.LRScale = 0.1
	}
}

// Validate checks what ranges can't.
func (p *Params) Validate() error {
	var faults []error
	if p.OutputDim < 2 || p.OutputDim%p.MixerHeads != 0 {
		faults = append(
			faults, config.Faultf("mixer_heads", "%d heads do not divide the width %d", p.MixerHeads, p.OutputDim),
		)
	}
	if p.Neighbors > p.Queue {
		faults = append(
			faults, config.Faultf("neighbors", "%d are more than the queue has, which is %d long", p.Neighbors, p.Queue),
		)
	}
	return errors.Join(faults...)
}

// CheckBatch reports a batch size that the queue doesn't fit.
func (p *Params) CheckBatch(size int) error {
	return framework.CheckQueue("method.queue", p.Queue, size)
}

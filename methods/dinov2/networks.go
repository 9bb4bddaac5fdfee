package dinov2

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/loss"
)

type method struct {
	Params
	fixed func(s *framework.Step, images *graph.Node) *graph.Node // a mask in place of a drawn one; nil for none
}

// ofCrops returns the outputs of the head of crops for their features [N, D].
func (m *method) ofCrops(s *framework.Step, encoder *model.Scope, features *graph.Node) *graph.Node {
	return m.head().Embed(s, encoder.At("projector"), features)
}

// ofPatches returns the outputs for patches [N, L, D], by a head of their own or that of the crops.
func (m *method) ofPatches(s *framework.Step, encoder *model.Scope, patches *graph.Node) *graph.Node {
	scope := encoder.At("projector")
	if m.SeparateHeads {
		scope = encoder.At("patch_projector")
	}
	d := patches.Shape().Dimensions
	return graph.Reshape(m.head().Embed(s, scope, graph.Reshape(patches, -1, d[2])), d[0], d[1], m.OutputDim)
}

func (m *method) head() framework.PrototypeHead {
	return framework.PrototypeHead{
		Layers: m.HeadLayers, Hidden: m.HiddenDim, Bottleneck: m.BottleneckDim, Out: m.OutputDim, TrainScale: true,
	}
}

// mask is true for the masked patches of the large crops, [2N, L]. A fixed share of
// the crops is masked, one with the next larger share of its patches after the other.
func (m *method) mask(s *framework.Step, images *graph.Node) *graph.Node {
	if m.fixed != nil {
		return m.fixed(s, images)
	}
	n := images.Shape().Dim(0)
	rows, columns := s.PatchGrid(images)
	some := int(float64(n) * m.MaskedImages)
	rank := graph.ConvertDType(graph.Squeeze(framework.Permutations(s.Uniform(1, n)), 0), dtypes.Float32)
	share := graph.DivScalar(graph.Add(rank, s.Uniform(n)), max(1, some))
	share = graph.AddScalar(graph.MulScalar(share, m.MaskedMax-m.MaskedMin), m.MaskedMin)
	count := graph.Floor(graph.MulScalar(share, float64(rows*columns)))
	count = graph.Where(graph.LessThan(rank, graph.ConstAs(rank, some)), count, graph.ZerosLike(count))
	return s.BlockMask(images, count, framework.Blocks{Least: 4, Most: float64(rows*columns) / 2, Aspect: 0.3})
}

// teach balances the teacher's outputs for all large crops together, and returns
// the probabilities that the student learns, by the outputs they are made of.
func (m *method) teach(s *framework.Step, crops []framework.Pair) map[*graph.Node]*graph.Node {
	outputs := framework.DistinctPositives(crops)
	codes := framework.Split(m.balanced(s, graph.Concatenate(outputs, 0)), len(outputs))
	taught := map[*graph.Node]*graph.Node{}
	for i, output := range outputs {
		taught[output] = codes[i]
	}
	return taught
}

// teachPatches balances the teacher's outputs [N, L, K] for the masked patches.
func (m *method) teachPatches(s *framework.Step, outputs, masked *graph.Node) *graph.Node {
	far := graph.BroadcastToDims(s.Constant(loss.Excluded), outputs.Shape().Dimensions...)
	some := graph.BroadcastToDims(graph.ExpandAxes(masked, 2), outputs.Shape().Dimensions...)
	codes := m.balanced(s, graph.Reshape(graph.Where(some, outputs, far), -1, m.OutputDim))
	return graph.Reshape(codes, outputs.Shape().Dimensions...)
}

func (m *method) balanced(s *framework.Step, outputs *graph.Node) *graph.Node {
	return loss.Sinkhorn(graph.Div(outputs, s.Scalar(teacherTemperature)), 1, m.Iterations)
}

// Watched implements [framework.CollapseWatcher]: it is probabilities that
// collapse, to one output or to all the same.
func (m *method) Watched(s *framework.Step, pairs []framework.Pair) framework.Pair {
	return framework.Pair{
		Anchor:   graph.Softmax(graph.DivScalar(pairs[0].Anchor, m.StudentTemperature)),
		Positive: graph.Softmax(graph.Div(pairs[0].Positive, s.Scalar(teacherTemperature))),
	}
}

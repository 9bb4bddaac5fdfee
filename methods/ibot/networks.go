package ibot

import (
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/loss"
)

type method struct {
	Params
	fixed func(s *framework.Step, images *graph.Node) *graph.Node // a mask in place of a drawn one; nil for none
}

// embed returns the outputs for each large crop and for its patches, by one head,
// whose last layer is shared too (Zhou et al. 2022, §3.2).
func (m *method) embed(
	s *framework.Step, encoder *model.Scope, images *graph.Node, masking framework.Masking,
) (crops, patches []*graph.Node) {
	tokens := s.EmbedPatches(encoder, images, masking)
	d := tokens.Patches.Shape().Dimensions
	all := graph.Concatenate([]*graph.Node{tokens.Features, graph.Reshape(tokens.Patches, -1, d[2])}, 0)
	outputs := m.head(s, encoder, all)
	ofCrops := graph.Slice(outputs, graph.AxisRangeFromStart(d[0]))
	ofPatches := graph.Reshape(graph.Slice(outputs, graph.AxisRangeToEnd(d[0])), d[0], d[1], m.OutputDim)
	return framework.Split(ofCrops, large), framework.Split(ofPatches, large)
}

// embedSmall returns the student's outputs for each small crop, which are not masked.
func (m *method) embedSmall(s *framework.Step) []*graph.Node {
	small := s.Views[large:]
	if len(small) == 0 {
		return nil
	}
	return framework.Split(m.head(s, s.Online(), s.EmbedViews(s.Online(), small...)), len(small))
}

func (m *method) head(s *framework.Step, encoder *model.Scope, features *graph.Node) *graph.Node {
	head := framework.PrototypeHead{
		Layers: m.HeadLayers, Hidden: m.HiddenDim, Bottleneck: m.BottleneckDim, Out: m.OutputDim, TrainScale: m.TrainScale,
	}
	return head.Embed(s, encoder.At("projector"), features)
}

// mask is true for the masked patches of the large crops, [2N, L].
func (m *method) mask(s *framework.Step, images *graph.Node) *graph.Node {
	if m.fixed != nil {
		return m.fixed(s, images)
	}
	n := images.Shape().Dim(0)
	rows, columns := s.PatchGrid(images)
	share := graph.AddScalar(graph.MulScalar(s.Uniform(n), m.MaskedMax-m.MaskedMin), m.MaskedMin)
	some := graph.LessThan(s.Uniform(n), graph.BroadcastToDims(s.Constant(m.MaskedImages), n))
	count := graph.MulScalar(graph.Where(some, share, graph.ZerosLike(share)), float64(rows*columns))
	third := float64(min(rows, columns) / 3)
	return s.BlockMask(images, count, framework.Blocks{Least: third * third, Aspect: 0.3})
}

// teach turns the teacher's outputs for a crop into the probabilities that the student learns.
func (m *method) teach(s *framework.Step, outputs *graph.Node) *graph.Node {
	return loss.Sharpened(outputs, m.center(s, "center").Value(), s.Scalar(teacherTemperature))
}

func (m *method) center(s *framework.Step, name string) *framework.Center {
	return s.Center(name, m.OutputDim)
}

// Watched implements [framework.CollapseWatcher]: it is probabilities that
// collapse, to one output or to all the same.
func (m *method) Watched(s *framework.Step, pairs []framework.Pair) framework.Pair {
	return framework.Pair{
		Anchor:   graph.Softmax(graph.DivScalar(pairs[0].Anchor, m.StudentTemperature)),
		Positive: m.teach(s, pairs[0].Positive),
	}
}

// parted are the pairs of crops and those of patches.
func parted(pairs []framework.Pair) (crops, patches []framework.Pair) {
	at := len(pairs) - large
	return pairs[:at], pairs[at:]
}

func stopped(nodes []*graph.Node) []*graph.Node {
	fixed := make([]*graph.Node, len(nodes))
	for i, node := range nodes {
		fixed[i] = graph.StopGradient(node)
	}
	return fixed
}

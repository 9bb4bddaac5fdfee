package framework

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// MapBackbone is a backbone whose features of an image come from a map: those of
// a convolutional network before their mean is taken, or the patches of a vision
// transformer. Methods need it that compare places of images.
type MapBackbone interface {
	Backbone
	// EmbedMap embeds images [N, H, W, C] to features [N, FeatureDim], as Embed does,
	// and a map of them, [N, h, w, FeatureDim].
	EmbedMap(scope *model.Scope, images *graph.Node) (features, featureMap *graph.Node)
}

// EmbedMap embeds images [N, H, W, C] by the encoder's backbone to features [N,
// FeatureDim] and a map of them, [N, h, w, FeatureDim]. It panics if the backbone has no map.
func (s *Step) EmbedMap(encoder *model.Scope, images *graph.Node) (features, featureMap *graph.Node) {
	backbone, ok := s.backbone.(MapBackbone)
	if !ok {
		panic(fmt.Errorf("the method compares places of images, and this backbone has no map of features; choose " +
			"another (see: kontrast backbones)"))
	}
	features, featureMap = backbone.EmbedMap(encoder.At("backbone"), images)
	s.note(encoder, features)
	return features, featureMap
}

// Centers are where the cells of a map of rows×columns lie in the images of a
// view, [N, rows·columns, 2]: the row and the column of the center of each, in
// pixels of the image. Views that are flipped count as such if flips is true. It
// panics if the step does not know where its views lie.
func (s *Step) Centers(view, rows, columns int, flips bool) *graph.Node {
	if view >= len(s.Places) {
		panic(fmt.Errorf("the step has no place of view %d: it does not know where its views lie in their images", view))
	}
	place := s.Places[view]
	value := func(i int) *graph.Node { return graph.Slice(place, graph.AxisRange(), graph.AxisRange(i, i+1)) }
	top, left, height, width, flipped := value(0), value(1), value(2), value(3), value(4)
	shares := func(n int, every int) *graph.Node { // of the cells row by row: (i+1/2)/n, [1, rows·columns]
		all := make([]float32, rows*columns)
		for cell := range all {
			all[cell] = (float32(cell/every%n) + 0.5) / float32(n)
		}
		return graph.ExpandAxes(graph.Const(s.Graph, all), 0)
	}
	down, across := shares(rows, columns), shares(columns, 1)
	if flips {
		across = graph.Add(graph.Mul(flipped, graph.OneMinus(across)), graph.Mul(graph.OneMinus(flipped), across))
	} else {
		across = graph.BroadcastToDims(across, place.Shape().Dim(0), rows*columns)
	}
	return graph.Stack([]*graph.Node{
		graph.Add(top, graph.Mul(height, down)), graph.Add(left, graph.Mul(width, across)),
	}, 2)
}

// Matches are pairs of places of two maps.
type Matches struct {
	From, To *graph.Node // numbers of the places in each map, [N, n] int32
}

// Of takes the paired places from both maps, [N, L, D] each: [N, n, D].
func (m Matches) Of(first, second *graph.Node) (from, to *graph.Node) {
	return TakePatches(first, m.From), TakePatches(second, m.To)
}

// Nearest pairs the n places of the first map whose nearest place in the second is
// nearest with that place. The points are [N, L1, D] and [N, L2, D]: centers of
// the cells, or their features. If n is 0, or more than there are, all are paired.
// The pairs come in the order of the first map. No gradient flows.
func Nearest(first, second *graph.Node, n int) Matches {
	a, b := graph.StopGradient(first), graph.StopGradient(second)
	size, places := a.Shape().Dim(0), a.Shape().Dim(1)
	squares := func(x *graph.Node) *graph.Node { return graph.ReduceSum(graph.Square(x), 2) }
	products := graph.EinsumAxes(a, b, [][2]int{{2, 2}}, [][2]int{{0, 0}}) // [N, L1, L2]
	distances := graph.Sub(graph.ExpandAxes(squares(b), 1), graph.MulScalar(products, 2))
	distances = graph.Add(distances, graph.BroadcastToShape(graph.ExpandAxes(squares(a), 2), distances.Shape()))
	to := graph.ArgMin(distances, 2)
	if n == 0 || n >= places {
		return Matches{From: graph.Iota(a.Graph(), to.Shape(), 1), To: to}
	}
	least := graph.MaxScalar(graph.ReduceMin(distances, 2), 0)
	largest := graph.MaxScalar(graph.ReduceAndKeep(least, graph.ReduceMax, 1), 1e-12)
	from := Hardest(graph.Neg(graph.Div(least, largest)), n)
	return Matches{From: from, To: graph.Reshape(TakePatches(graph.ExpandAxes(to, 2), from), size, n)}
}

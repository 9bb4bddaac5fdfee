package framework

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// PatchBackbone is a backbone to which an image is a sequence of patches: a
// vision transformer, which methods need that mask patches or leave them out.
type PatchBackbone interface {
	Backbone
	// PatchSize is the side of a patch in pixels.
	PatchSize() int
	// EmbedPatches embeds images [N, H, W, C] of which patches are masked. It
	// returns the features [N, FeatureDim()] and those of the K patches that it
	// sees, [N, K, FeatureDim()].
	EmbedPatches(scope *model.Scope, images *graph.Node, masking Masking) (features, patches *graph.Node)
}

// Masking says what a backbone sees of images. Patches are numbered row by row.
type Masking struct {
	// Kept are the patches that it sees, as if there were no others: [N, K] int32,
	// each row different ones; nil for all.
	Kept *graph.Node
	// Masked are the patches whose place a token takes, [N, M] int32; nil for none.
	Masked *graph.Node
	// Token returns that token, [width], which gets the patch's position.
	Token func(width int) *graph.Node
}

// EmbedPatches embeds images [N, H, W, C] by the encoder's backbone, which sees
// of them what the masking says. It returns the features [N, FeatureDim] and
// those of the K patches that it sees, [N, K, FeatureDim]. It panics if the
// backbone has no patches.
func (s *Step) EmbedPatches(encoder *model.Scope, images *graph.Node, masking Masking) (features, patches *graph.Node) {
	return s.patchBackbone().EmbedPatches(encoder.At("backbone"), images, masking)
}

// RandomPatches draws for every image [N, H, W, C] the patches that stay if that
// share of them, in [0, 1), is dropped; at least one stays. It returns their numbers,
// [N, K] int32, and those of the dropped ones, [N, L-K]; nil if none is dropped.
func (s *Step) RandomPatches(images *graph.Node, share float64) (kept, dropped *graph.Node) {
	dims, side := images.Shape().Dimensions, s.patchBackbone().PatchSize()
	patches := (dims[1] / side) * (dims[2] / side)
	keep := max(1, int(float64(patches)*(1-share)))
	order := Permutations(s.Uniform(dims[0], patches))
	if keep == patches {
		return order, nil
	}
	return graph.SliceAxis(order, 1, graph.AxisRangeFromStart(keep)), graph.SliceAxis(order, 1, graph.AxisRangeToEnd(keep))
}

// Pixels cuts images [N, H, W, C] into the backbone's patches, [N, L, side·side·C],
// the pixels of each row by row.
func (s *Step) Pixels(images *graph.Node) *graph.Node {
	d, side := images.Shape().Dimensions, s.patchBackbone().PatchSize()
	rows, columns := d[1]/side, d[2]/side
	cut := graph.Reshape(images, d[0], rows, side, columns, side, d[3])
	return graph.Reshape(graph.TransposeAllAxes(cut, 0, 1, 3, 2, 4, 5), d[0], rows*columns, side*side*d[3])
}

// TakePatches takes from x [N, L, D] the patches of those numbers, [N, K]: [N, K, D].
func TakePatches(x, numbers *graph.Node) *graph.Node {
	d := x.Shape().Dimensions
	row := graph.MulScalar(graph.Iota(x.Graph(), numbers.Shape(), 0), d[1])
	return graph.Gather(graph.Reshape(x, d[0]*d[1], d[2]), graph.ExpandAxes(graph.Add(row, numbers), -1))
}

func (s *Step) patchBackbone() PatchBackbone {
	backbone, ok := s.backbone.(PatchBackbone)
	if !ok {
		panic(fmt.Errorf("the method masks patches of images or leaves them out, and this backbone has none; " +
			"choose a vision transformer: vit, vit-ti, vit-s, vit-b or vit-l"))
	}
	return backbone
}

// Permutations puts the columns of numbers [N, L] in the order of their values,
// row by row: their indices [N, L] int32, that of the least first.
func Permutations(numbers *graph.Node) *graph.Node {
	g, n, length := numbers.Graph(), numbers.Shape().Dimensions[0], numbers.Shape().Dimensions[1]
	cube := shapes.Make(dtypes.Int32, n, length, length)
	own := graph.BroadcastToDims(graph.ExpandAxes(numbers, 2), cube.Dimensions...)
	other := graph.BroadcastToDims(graph.ExpandAxes(numbers, 1), cube.Dimensions...)
	row, column := graph.Iota(g, cube, 1), graph.Iota(g, cube, 2)
	// Of equal numbers the earlier is less, so that every place is taken once.
	less := graph.LogicalOr(graph.LessThan(other, own), graph.LogicalAnd(graph.Equal(other, own), graph.LessThan(column, row)))
	place := graph.ReduceSum(graph.ConvertDType(less, dtypes.Int32), 2) // [N, L]

	takes := graph.Equal(graph.BroadcastToDims(graph.ExpandAxes(place, 1), cube.Dimensions...), row)
	return graph.ReduceSum(graph.Where(takes, column, graph.ZerosLike(column)), 2)
}

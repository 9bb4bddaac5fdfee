package framework

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// PatchBackbone is a backbone to which an image is a sequence of patches: a
// vision transformer, which methods need that leave patches out.
type PatchBackbone interface {
	Backbone
	// Patches is the number of patches in images of that size, row by row.
	Patches(height, width int) int
	// EmbedPatches embeds images [N, H, W, C] of which it sees the kept patches
	// only, as if there were no others: [N, K] int32, each row different ones.
	// It returns the features [N, FeatureDim()] and those of the patches, [N, K, FeatureDim()].
	EmbedPatches(scope *model.Scope, images, kept *graph.Node) (features, patches *graph.Node)
}

// EmbedPatches embeds images [N, H, W, C] by the encoder's backbone, which sees
// the kept patches only, [N, K] int32 as [Step.RandomPatches] draws them. It
// returns the features [N, FeatureDim] and those of the patches, [N, K, FeatureDim].
// It panics if the backbone has no patches.
func (s *Step) EmbedPatches(encoder *model.Scope, images, kept *graph.Node) (features, patches *graph.Node) {
	return s.patchBackbone().EmbedPatches(encoder.At("backbone"), images, kept)
}

// RandomPatches draws for every image [N, H, W, C] the patches that stay if that
// share of them, in [0, 1), is dropped; at least one stays. It returns their numbers,
// [N, K] int32, and those of the dropped ones, [N, L-K]; nil if none is dropped.
func (s *Step) RandomPatches(images *graph.Node, share float64) (kept, dropped *graph.Node) {
	dims := images.Shape().Dimensions
	patches := s.patchBackbone().Patches(dims[1], dims[2])
	keep := max(1, int(float64(patches)*(1-share)))
	order := Permutations(s.Uniform(dims[0], patches))
	if keep == patches {
		return order, nil
	}
	return graph.SliceAxis(order, 1, graph.AxisRangeFromStart(keep)), graph.SliceAxis(order, 1, graph.AxisRangeToEnd(keep))
}

func (s *Step) patchBackbone() PatchBackbone {
	backbone, ok := s.backbone.(PatchBackbone)
	if !ok {
		panic(fmt.Errorf("the method leaves patches of images out, and this backbone has none; " +
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

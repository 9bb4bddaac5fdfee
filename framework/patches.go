package framework

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework/nn"
)

// PatchBackbone is a backbone to which an image is a sequence of patches: a
// vision transformer, which methods need that mask patches or leave them out.
type PatchBackbone interface {
	Backbone
	// PatchSize is the side of a patch in pixels.
	PatchSize() int
	// EmbedPatches embeds images [N, H, W, C] of which patches are masked.
	EmbedPatches(scope *model.Scope, images *graph.Node, masking Masking) Tokens
}

// Masking says what a backbone sees of images. Patches are numbered row by row.
type Masking struct {
	// Kept are the patches that it sees, as if there were no others: [N, K] int32,
	// each row different ones; nil for all.
	Kept *graph.Node
	// Shown is true for those of Kept that it really sees, [N, K] bool, where rows
	// keep different numbers of patches and are filled up; nil for all.
	Shown *graph.Node
	// Masked is true for the patches whose place a token takes, [N, L] bool; nil for none.
	Masked *graph.Node
	// Token returns that token, [width], which gets the patch's position.
	Token func(width int) *graph.Node
}

// Tokens are what a backbone makes of images whose patches it sees.
type Tokens struct {
	Features *graph.Node   // of the images, as [Step.Backbone] has them, [N, FeatureDim]
	Class    *graph.Node   // the class token, [N, FeatureDim]; nil without one
	Patches  *graph.Node   // the K patches that are seen, [N, K, FeatureDim]
	Blocks   []*graph.Node // these patches after each block, before the last norm, [N, K, width]
}

// EmbedPatches embeds images [N, H, W, C] by the encoder's backbone, which sees
// of them what the masking says. It panics if the backbone has no patches.
func (s *Step) EmbedPatches(encoder *model.Scope, images *graph.Node, masking Masking) Tokens {
	return s.patchBackbone().EmbedPatches(encoder.At("backbone"), images, masking)
}

// MaskToken is a learned token for [Masking], which is made as "token" in the
// scope "mask" below the given one. In [Step.Predictor] it is the online
// encoder's alone; below [Step.Online] a momentum encoder has a copy.
func (s *Step) MaskToken(scope *model.Scope, init nn.Init) func(width int) *graph.Node {
	return func(width int) *graph.Node { return nn.Parameter(scope.At("mask"), s.Graph, "token", init, width) }
}

// PatchGrid are the rows and columns of the patches of images [N, H, W, C].
func (s *Step) PatchGrid(images *graph.Node) (rows, columns int) {
	dims, side := images.Shape().Dimensions, s.patchBackbone().PatchSize()
	return dims[1] / side, dims[2] / side
}

// Pixels cuts images [N, H, W, C] into the backbone's patches, [N, L, side·side·C],
// the pixels of each row by row.
func (s *Step) Pixels(images *graph.Node) *graph.Node {
	d, side := images.Shape().Dimensions, s.patchBackbone().PatchSize()
	rows, columns := s.PatchGrid(images)
	cut := graph.Reshape(images, d[0], rows, side, columns, side, d[3])
	return graph.Reshape(graph.TransposeAllAxes(cut, 0, 1, 3, 2, 4, 5), d[0], rows*columns, side*side*d[3])
}

// TakePatches takes from x [N, L, D] the patches of those numbers, [N, K]: [N, K, D].
func TakePatches(x, numbers *graph.Node) *graph.Node {
	d := x.Shape().Dimensions
	row := graph.MulScalar(graph.Iota(x.Graph(), numbers.Shape(), 0), d[1])
	return graph.Gather(graph.Reshape(x, d[0]*d[1], d[2]), graph.ExpandAxes(graph.Add(row, numbers), -1))
}

// TakeRows takes from x [K, D] the rows of those numbers, [N, M]: [N, M, D].
func TakeRows(x, numbers *graph.Node) *graph.Node {
	return graph.Gather(x, graph.ExpandAxes(numbers, -1))
}

// MeanOfPatches is the mean over the patches of x [N, K, D] where the mask, [N, K]
// bool, is true: [N, D]. Of a row without one it is 0.
func MeanOfPatches(x, mask *graph.Node) *graph.Node {
	weights := graph.ConvertDType(mask, x.DType())
	total := graph.ReduceSum(graph.Mul(x, graph.ExpandAxes(weights, 2)), 1)
	return graph.Div(total, graph.MaxScalar(graph.ReduceAndKeep(weights, graph.ReduceSum, 1), 1))
}

func (s *Step) patchBackbone() PatchBackbone {
	backbone, ok := s.backbone.(PatchBackbone)
	if !ok {
		panic(fmt.Errorf("the method masks patches of images or leaves them out, and this backbone has none; " +
			"choose a vision transformer: vit, vit-ti, vit-s, vit-b or vit-l"))
	}
	return backbone
}

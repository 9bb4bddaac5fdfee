// This file draws which patches of images are masked or left out: single patches
// ([Step.RandomPatches], MAE), blocks until a share is masked ([Step.BlockMask],
// BEiT and iBOT), and blocks to be predicted from another block ([Step.MultiBlock],
// I-JEPA). All is drawn in the step's graph, so that a resumed training draws what
// one without a cut draws.

package framework

import (
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
)

// RandomPatches draws for every image [N, H, W, C] the patches that stay if that
// share of them, in [0, 1), is dropped; at least one stays. It returns their numbers,
// [N, K] int32, and those of the dropped ones, [N, L-K]; nil if none is dropped.
func (s *Step) RandomPatches(images *graph.Node, share float64) (kept, dropped *graph.Node) {
	rows, columns := s.PatchGrid(images)
	keep := max(1, int(float64(rows*columns)*(1-share)))
	order := Permutations(s.Uniform(images.Shape().Dim(0), rows*columns))
	if keep == rows*columns {
		return order, nil
	}
	return graph.SliceAxis(order, 1, graph.AxisRangeFromStart(keep)), graph.SliceAxis(order, 1, graph.AxisRangeToEnd(keep))
}

// MaskOf is true for the patches of those numbers, [N, M] int32, of L patches: [N, L] bool.
func MaskOf(numbers *graph.Node, patches int) *graph.Node {
	d := numbers.Shape().Dimensions
	each := shapes.Make(numbers.DType(), d[0], patches, d[1])
	listed := graph.BroadcastToDims(graph.ExpandAxes(numbers, 1), each.Dimensions...)
	return graph.ReduceLogicalOr(graph.Equal(graph.Iota(numbers.Graph(), each, 1), listed), 2)
}

// Blocks are the rectangles that [Step.BlockMask] masks.
type Blocks struct {
	Least  float64 // patches of the smallest, at least 1
	Most   float64 // patches of the largest; 0 for no bound
	Aspect float64 // smallest height/width, in (0, 1]; its inverse is the largest
}

const (
	blockFailures = 10 // blocks that don't fit in a row, after which an image has enough
	blockAttempts = 40 // blocks drawn for an image in all
)

// BlockMask draws for every image [N, H, W, C] rectangles of patches until as many
// are masked as count, [N] float32, says or the tenth block in a row does not fit
// (Bao et al. 2022, arXiv:2106.08254, algorithm 1; as in the code of BEiT and iBOT). It is true
// for masked patches, [N, L] bool; of an image there are never more than count.
func (s *Step) BlockMask(images, count *graph.Node, blocks Blocks) *graph.Node {
	rows, columns := s.PatchGrid(images)
	n := images.Shape().Dim(0)
	if blocks.Most == 0 {
		blocks.Most = float64(rows * columns)
	}
	if blocks.Aspect == 0 {
		blocks.Aspect = 1
	}
	drawing := blockDrawing{blocks: blocks, rows: rows, columns: columns, count: count}
	mask := graph.Zeros(s.Graph, shapes.Make(dtypes.Float32, n, rows*columns))
	failures := graph.Zeros(s.Graph, shapes.Make(dtypes.Float32, n))
	for range blockAttempts {
		mask, failures = drawing.attempt(mask, failures, s.Uniform(n, 4))
	}
	return graph.IsPositive(graph.StopGradient(mask))
}

// blockDrawing draws one block for each image after the other.
type blockDrawing struct {
	blocks        Blocks
	rows, columns int
	count         *graph.Node // [N]
}

// attempt draws a block for each image that wants one, and masks it where it fits. The
// mask is [N, L]; failures are the attempts of an image that failed in a row, [N].
func (b blockDrawing) attempt(mask, failures, numbers *graph.Node) (*graph.Node, *graph.Node) {
	left := graph.Sub(b.count, graph.ReduceSum(mask, 1))
	wants := graph.LogicalAnd(graph.IsPositive(left), graph.LessThan(failures, graph.ConstAs(failures, blockFailures)))
	left = graph.MinScalar(left, b.blocks.Most)
	block, fits := b.blocks.draw(numbers, left, b.rows, b.columns)

	fresh := graph.ReduceSum(graph.Mul(block, graph.OneMinus(mask)), 1)
	fits = graph.LogicalAnd(fits, graph.LogicalAnd(graph.IsPositive(fresh), graph.LessOrEqual(fresh, left)))
	takes := graph.ConvertDType(graph.LogicalAnd(fits, wants), dtypes.Float32)
	mask = graph.Max(mask, graph.Mul(block, graph.ExpandAxes(takes, 1)))
	return mask, graph.Mul(graph.OneMinus(takes), graph.AddScalar(failures, 1))
}

// draw makes a block of the numbers [N, 4], drawn from [0, 1), of at most that many patches,
// [N]. It is 1 inside, [N, L] float32; fits is false, [N], where it is as high or wide as the image.
func (b Blocks) draw(numbers, most *graph.Node, rows, columns int) (block, fits *graph.Node) {
	number := func(i int) *graph.Node {
		return graph.Squeeze(graph.Slice(numbers, graph.AxisRange(), graph.AxisElem(i)), 1)
	}
	area := graph.AddScalar(graph.Mul(graph.AddScalar(most, -b.Least), number(0)), b.Least)
	ratio := graph.Exp(graph.AddScalar(graph.MulScalar(number(1), -2*math.Log(b.Aspect)), math.Log(b.Aspect)))
	height := graph.Round(graph.Sqrt(graph.Mul(area, ratio)))
	width := graph.Round(graph.Sqrt(graph.Div(area, ratio)))
	place := func(i, length int, side *graph.Node) *graph.Node {
		return graph.Floor(graph.Mul(number(i), graph.AddScalar(graph.Neg(side), float64(length+1))))
	}
	fits = graph.LogicalAnd(
		graph.LessThan(height, graph.ConstAs(height, rows)), graph.LessThan(width, graph.ConstAs(width, columns)),
	)
	return rectangle(place(2, rows, height), place(3, columns, width), height, width, rows, columns), fits
}

// rectangle is 1 for the patches of a grid that lie in the rectangle of each image, of [N] each: [N, L] float32.
func rectangle(top, left, height, width *graph.Node, rows, columns int) *graph.Node {
	n := top.Shape().Dim(0)
	inside := func(start, length *graph.Node, axis, count int) *graph.Node {
		at := graph.Iota(top.Graph(), shapes.Make(top.DType(), n, count), 1)
		start = graph.BroadcastToDims(graph.ExpandAxes(start, 1), n, count)
		length = graph.BroadcastToDims(graph.ExpandAxes(length, 1), n, count)
		in := graph.LogicalAnd(graph.GreaterOrEqual(at, start), graph.LessThan(at, graph.Add(start, length)))
		return graph.ExpandAxes(graph.ConvertDType(in, top.DType()), axis)
	}
	both := graph.Mul(
		graph.BroadcastToDims(inside(top, height, 2, rows), n, rows, columns),
		graph.BroadcastToDims(inside(left, width, 1, columns), n, rows, columns))
	return graph.Reshape(both, n, rows*columns)
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
	less := graph.LogicalOr(
		graph.LessThan(other, own), graph.LogicalAnd(graph.Equal(other, own), graph.LessThan(column, row)),
	)
	place := graph.ReduceSum(graph.ConvertDType(less, dtypes.Int32), 2) // [N, L]

	takes := graph.Equal(graph.BroadcastToDims(graph.ExpandAxes(place, 1), cube.Dimensions...), row)
	return graph.ReduceSum(graph.Where(takes, column, graph.ZerosLike(column)), 2)
}

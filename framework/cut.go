package framework

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
)

// CutPatches cuts squares of side pixels out of images [N, H, W, C], P of each, whose
// first rows and columns are tops and lefts, [N, P] int32: [N·P, side, side, C]. They
// must lie inside the images.
func CutPatches(images, tops, lefts *graph.Node, side int) *graph.Node {
	d, count := images.Shape().Dimensions, tops.Shape().Dim(1)
	shape := shapes.Make(dtypes.Int32, d[0], count, side, side)
	along := func(start *graph.Node, axis int) *graph.Node {
		wide := graph.BroadcastToDims(graph.ExpandAxes(start, 2, 3), shape.Dimensions...)
		return graph.Add(wide, graph.Iota(images.Graph(), shape, axis))
	}
	row := graph.Add(graph.MulScalar(graph.Iota(images.Graph(), shape, 0), d[1]), along(tops, 2))
	pixel := graph.Add(graph.MulScalar(row, d[2]), along(lefts, 3))
	cut := graph.Gather(graph.Reshape(images, d[0]*d[1]*d[2], d[3]), graph.ExpandAxes(graph.Reshape(pixel, -1), 1))
	return graph.Reshape(cut, d[0]*count, side, side, d[3])
}

package cpc

import (
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/nn"
)

// embed embeds each patch of the image by itself, [N, R, R, D].
func (m *method) embed(s *framework.Step) *graph.Node {
	n, size := s.BatchSize(), s.Views[0].Shape().Dim(1)
	rows := max(1, (size-m.Patch)/m.Stride+1)
	number := graph.Iota(s.Graph, shapes.Make(dtypes.Int32, n, rows*rows), 1)
	row := graph.DivScalar(number, rows)
	column := graph.Sub(number, graph.MulScalar(row, rows))
	patches := framework.CutPatches(s.Views[0], graph.MulScalar(row, m.Stride), graph.MulScalar(column, m.Stride),
		min(m.Patch, size))
	return graph.Reshape(s.Backbone(s.Online(), patches), n, rows, rows, s.FeatureDim())
}

// turned turns the grid so that the direction, 0 to 3 for down, up, right and left, is down.
func turned(latents *graph.Node, direction int) *graph.Node {
	if direction >= 2 {
		latents = graph.TransposeAllAxes(latents, 0, 2, 1, 3)
	}
	if direction%2 == 0 {
		return latents
	}
	rows := make([]*graph.Node, latents.Shape().Dim(1))
	for i := range rows {
		at := len(rows) - 1 - i
		rows[i] = graph.SliceAxis(latents, 1, graph.AxisRange(at, at+1))
	}
	return graph.Concatenate(rows, 1)
}

// context is a PixelCNN: at each patch it sees the rows up to its own (Hénaff et al.
// 2020, appendix A.2). Its blocks look at three columns and at the row above.
func (m *method) context(scope *model.Scope, z *graph.Node) *graph.Node {
	for i := range m.Blocks {
		block, width := scope.At("%d", i), z.Shape().Dim(3)
		c := nn.ReLU(convolve(block.At("conv0"), []*graph.Node{z}, m.HiddenDim, 1))
		c = convolve(block.At("conv1"), []*graph.Node{shifted(c, 2, 1), c, shifted(c, 2, -1)}, m.HiddenDim, 1)
		c = nn.ReLU(convolve(block.At("conv2"), []*graph.Node{shifted(c, 1, 1), c}, m.HiddenDim, 2))
		z = graph.Add(z, convolve(block.At("conv3"), []*graph.Node{c}, width, 1))
	}
	return nn.ReLU(z)
}

// convolve is a convolution whose kernel has that many rows; what it sees of the grid
// lies in the parts, row by row. Variables: weight [rows, columns, in, out] and bias [out].
func convolve(scope *model.Scope, parts []*graph.Node, out, rows int) *graph.Node {
	x := graph.Concatenate(parts, 3)
	in := x.Shape().Dim(3)
	weight := nn.Parameter(scope, x.Graph(), "weight",
		nn.KaimingUniform(math.Sqrt(5)), rows, len(parts)/rows, in/len(parts), out)
	bias := nn.Parameter(scope, x.Graph(), "bias", nn.Uniform(1/math.Sqrt(float64(in))), out)
	y := graph.DotProduct(graph.Reshape(x, -1, in), graph.Reshape(weight, in, out))
	d := x.Shape().Dimensions
	return graph.Reshape(graph.Add(y, graph.ExpandLeftToRank(bias, 2)), d[0], d[1], d[2], out)
}

// shifted moves the grid by one along an axis, on (1) or back (-1), and fills up with zeros.
func shifted(x *graph.Node, axis, by int) *graph.Node {
	length, shape := x.Shape().Dim(axis), x.Shape().Clone()
	shape.Dimensions[axis] = 1
	zeros := graph.Zeros(x.Graph(), shape)
	if by > 0 {
		return graph.Concatenate([]*graph.Node{zeros, graph.SliceAxis(x, axis, graph.AxisRange(0, length-1))}, axis)
	}
	return graph.Concatenate([]*graph.Node{graph.SliceAxis(x, axis, graph.AxisRangeToEnd(1)), zeros}, axis)
}

// meant is true where a key is the target of an anchor, [anchors, keys].
func (m *method) meant(s *framework.Step, anchors, keys int) *graph.Node {
	perImage := keys / s.BatchSize()
	predicted := anchors / s.BatchSize() // in an image, all but the first rows
	anchor := graph.Iota(s.Graph, shapes.Make(dtypes.Int32, anchors, keys), 0)
	image := graph.DivScalar(anchor, predicted)
	within := graph.Sub(anchor, graph.MulScalar(image, predicted))
	key := graph.AddScalar(graph.Add(graph.MulScalar(image, perImage), within), perImage-predicted)
	return graph.Equal(key, graph.Iota(s.Graph, key.Shape(), 1))
}

package cmc

import (
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/data"
)

// twoColors is a backbone for the lightness of images and one for their colors.
type twoColors struct {
	backbone framework.Backbone
	images   data.Normalization
}

// FeatureDim is that of both together.
func (c twoColors) FeatureDim() int { return 2 * c.backbone.FeatureDim() }

// Embed maps images [N, H, W, 3] to the features of L, then those of ab.
func (c twoColors) Embed(scope *model.Scope, images *graph.Node) *graph.Node {
	lab := normalized(lab(c.restored(images)))
	l := graph.Slice(lab, graph.AxisRange(), graph.AxisRange(), graph.AxisRange(), graph.AxisRange(0, 1))
	ab := graph.Slice(lab, graph.AxisRange(), graph.AxisRange(), graph.AxisRange(), graph.AxisRange(1, 3))
	return graph.Concatenate([]*graph.Node{
		c.backbone.Embed(scope.At("l"), l), c.backbone.Embed(scope.At("ab"), ab),
	}, 1)
}

// restored undoes the normalization: RGB in [0, 1].
func (c twoColors) restored(x *graph.Node) *graph.Node {
	return graph.Add(graph.Mul(x, channels(x, c.images.Std)), channels(x, c.images.Mean))
}

// lab converts sRGB in [0, 1] to CIE L*a*b* under D65, as skimage.color.rgb2lab: L in
// [0, 100], a in [-86.2, 98.2], b in [-107.9, 94.5].
func lab(rgb *graph.Node) *graph.Node {
	rgb = graph.ClipScalar(rgb, 0, 1)
	gamma := graph.Pow(graph.DivScalar(graph.AddScalar(graph.MaxScalar(rgb, 0.04045), 0.055), 1.055),
		graph.ConstAs(rgb, 2.4))
	linear := graph.Where(graph.GreaterThan(rgb, graph.ConstAs(rgb, 0.04045)), gamma, graph.DivScalar(rgb, 12.92))
	xyz := graph.EinsumAxes(linear, graph.Const(rgb.Graph(), [][]float32{ // by the white point
		{0.412453 / 0.95047, 0.212671, 0.019334 / 1.08883},
		{0.357580 / 0.95047, 0.715160, 0.119193 / 1.08883},
		{0.180423 / 0.95047, 0.072169, 0.950227 / 1.08883},
	}), [][2]int{{3, 0}}, nil)
	const small = 0.008856
	root := graph.Pow(graph.MaxScalar(xyz, small), graph.ConstAs(xyz, 1.0/3))
	line := graph.AddScalar(graph.MulScalar(xyz, 7.787), 16.0/116)
	f := graph.Where(graph.GreaterThan(xyz, graph.ConstAs(xyz, small)), root, line)
	mixed := graph.EinsumAxes(f, graph.Const(rgb.Graph(), [][]float32{{0, 500, 0}, {116, -500, 200}, {0, 0, -200}}),
		[][2]int{{3, 0}}, nil)
	return graph.Add(mixed, channels(mixed, [3]float64{-16, 0, 0}))
}

// normalized brings L, a and b to [-1, 1] by their ranges, as the official code does.
func normalized(lab *graph.Node) *graph.Node {
	centers := [3]float64{50, (98.233 - 86.183) / 2, (94.478 - 107.857) / 2}
	halves := [3]float64{50, (98.233 + 86.183) / 2, (94.478 + 107.857) / 2}
	return graph.Div(graph.Sub(lab, channels(lab, centers)), channels(lab, halves))
}

// channels is a value for each of the channels of x [N, H, W, 3].
func channels(x *graph.Node, values [3]float64) *graph.Node {
	of := []float32{float32(values[0]), float32(values[1]), float32(values[2])}
	return graph.BroadcastToDims(graph.Reshape(graph.Const(x.Graph(), of), 1, 1, 1, 3), x.Shape().Dimensions...)
}

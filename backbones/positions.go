package backbones

import (
	"math"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"

	"github.com/kontrast-ml/kontrast/framework/nn"
)

// Positions are the kinds of position embeddings, as the vision transformer's
// paper compares them (Dosovitskiy et al. 2021, arXiv:2010.11929, D.4), and the
// fixed ones of MoCo v3 (Chen, Xie and He 2021, arXiv:2104.02057, §5), and those
// of DINOv3, which turn queries and keys (Siméoni et al. 2025, arXiv:2508.10104).
const (
	noPositions        = "none"
	learnedPositions   = "learned-1d"
	learnedPositions2D = "learned-2d"
	relativePositions  = "relative"
	sincosPositions    = "sincos-2d"
	rotaryPositions    = "rotary-2d"
)

// addPositions adds position embeddings to the tokens [N,L,D] of a grid of
// patches, with a class token before them or not. Tables are for the patches of
// a square of native patches a side and are interpolated for other grids. A
// class token has a position of its own only in the one-dimensional table.
func addPositions(
	scope *model.Scope, kind string, tokens *graph.Node, rows, columns, native int, init nn.Init,
) *graph.Node {
	g, width := tokens.Graph(), tokens.Shape().Dim(2)
	class := tokens.Shape().Dim(1) - rows*columns // 1 with a class token, else 0
	var table *graph.Node                         // [L,D]
	switch kind {
	case noPositions, rotaryPositions: // the latter inside the attention
		return tokens
	case relativePositions: // inside the attention
		if rows != native || columns != native {
			exceptions.Panicf("relative positions cannot embed %d×%d patches in a network for %d×%d: use learned-1d, "+
				"learned-2d or sincos-2d for images of several sizes", rows, columns, native, native)
		}
		return tokens
	case learnedPositions:
		table = nn.Parameter(scope, g, "pos_embed", init, class+native*native, width)
		if rows != native || columns != native {
			patches := graph.DotProduct(
				graph.Const(g, kronecker(bicubic(native, rows), bicubic(native, columns))),
				graph.Slice(table, graph.AxisRangeToEnd(class)))
			table = withClassRow(graph.Slice(table, graph.AxisRange(0, class)), patches, class)
		}
	case learnedPositions2D:
		if width%2 != 0 {
			exceptions.Panicf("positions of two axes do not divide a width of %d: use an even one", width)
		}
		along := func(name string, n int) *graph.Node {
			table := nn.Parameter(scope, g, name, init, native, width/2)
			if n == native {
				return table
			}
			return graph.DotProduct(graph.Const(g, bicubic(native, n)), table)
		}
		row := graph.BroadcastToDims(graph.Reshape(along("pos_embed_rows", rows), rows, 1, width/2), rows, columns, width/2)
		column := graph.BroadcastToDims(graph.Reshape(along("pos_embed_columns", columns), 1, columns, width/2), rows,
			columns, width/2)
		patches := graph.Reshape(graph.Concatenate([]*graph.Node{row, column}, -1), rows*columns, width)
		table = withClassRow(graph.Zeros(g, patches.Shape()), patches, class)
	case sincosPositions:
		patches := graph.Const(g, nn.SinCos2D(rows, columns, width))
		table = withClassRow(graph.Zeros(g, patches.Shape()), patches, class)
	default:
		exceptions.Panicf("unknown position embedding %q: use %s, %s, %s, %s, %s or %s", kind,
			noPositions, learnedPositions, learnedPositions2D, relativePositions, sincosPositions, rotaryPositions)
	}
	return graph.Add(tokens, graph.InsertAxes(table, 0))
}

// withClassRow puts the first of the given rows before the patches if there is a class token.
func withClassRow(rows, patches *graph.Node, class int) *graph.Node {
	if class == 0 {
		return patches
	}
	return graph.Concatenate([]*graph.Node{graph.Slice(rows, graph.AxisRange(0, 1)), patches}, 0)
}

// bicubic is the matrix [to,from] that resamples from points to to points by
// cubic convolution (a = -0.75), with the scale that DINO uses: to+0.1 over
// from, which moves the sampling points a little (Caron et al. 2021,
// arXiv:2104.14294, code). Taps beyond the ends are taken at the ends.
func bicubic(from, to int) [][]float32 {
	matrix := make([][]float32, to)
	for o := range matrix {
		matrix[o] = make([]float32, from)
		at := (float64(o)+0.5)*float64(from)/(float64(to)+0.1) - 0.5
		first := int(math.Floor(at)) - 1
		for tap := first; tap < first+4; tap++ {
			matrix[o][min(max(tap, 0), from-1)] += float32(cubic(math.Abs(at - float64(tap))))
		}
	}
	return matrix
}

// antialiased is the matrix [to,from] that resamples from points to to points by
// cubic convolution (a = -0.5), whose kernel is as wide as the points are made
// fewer. Taps beyond the ends are left out.
func antialiased(from, to int) [][]float32 {
	scale := float64(from) / float64(to)
	wide := max(scale, 1)
	matrix := make([][]float32, to)
	for o := range matrix {
		matrix[o] = make([]float32, from)
		at, sum := (float64(o)+0.5)*scale, 0.0
		weights := make([]float64, from)
		for tap := range weights {
			if distance := math.Abs(float64(tap)+0.5-at) / wide; distance < 2 {
				weights[tap] = cubicOf(-0.5, distance)
				sum += weights[tap]
			}
		}
		for tap, weight := range weights {
			matrix[o][tap] = float32(weight / sum)
		}
	}
	return matrix
}

// cubic is the kernel of cubic convolution with a = -0.75 at a distance of 0 to 2 (Keys 1981).
func cubic(x float64) float64 { return cubicOf(-0.75, x) }

func cubicOf(a, x float64) float64 {
	if x <= 1 {
		return ((a+2)*x-(a+3))*x*x + 1
	}
	return ((a*x-5*a)*x+8*a)*x - 4*a
}

// kronecker is the matrix that applies one matrix along the rows and another
// along the columns of a flattened grid.
func kronecker(rows, columns [][]float32) [][]float32 {
	var product [][]float32
	for _, r := range rows {
		for _, c := range columns {
			line := make([]float32, 0, len(r)*len(c))
			for _, x := range r {
				for _, y := range c {
					line = append(line, x*y)
				}
			}
			product = append(product, line)
		}
	}
	return product
}

// ResizePositions resamples a table [from², width] of positions on a square of
// from patches a side for one of to patches a side, as vision transformers of
// this package do when they embed images of another size, or, with smooth, as
// DINOv2's code does for networks with registers: by PyTorch's bicubic
// interpolation with antialiasing.
func ResizePositions(table []float32, width, from, to int, smooth bool) []float32 {
	matrix := bicubic(from, to)
	if smooth {
		matrix = antialiased(from, to)
	}
	rows := make([]float32, to*from*width) // the rows resampled
	for o, taps := range matrix {
		for i, tap := range taps {
			if tap == 0 {
				continue
			}
			for j, x := range table[i*from*width : (i+1)*from*width] {
				rows[o*from*width+j] += tap * x
			}
		}
	}
	out := make([]float32, to*to*width)
	for r := range to {
		for o, taps := range matrix {
			for i, tap := range taps {
				if tap == 0 {
					continue
				}
				for d := range width {
					out[(r*to+o)*width+d] += tap * rows[(r*from+i)*width+d]
				}
			}
		}
	}
	return out
}

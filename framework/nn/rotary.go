package nn

import (
	"math"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/support/exceptions"
)

// Rotation turns the pairs of channels of queries and keys by angles that grow with the place of their token, so that
// products tell how far tokens lie apart (Su et al. 2021, arXiv:2104.09864). Channel i of a head is paired with
// channel i + D/2.
type Rotation struct {
	// Sines and Cosines are of the angles, [1,L,1,D] or, for each sample, [N,L,1,D]: D is the width of a head, L the
	// number of tokens that are turned, the last ones.
	Sines, Cosines *graph.Node
}

// Rotate2D is the rotation of the patches of a grid as DINOv3 has it (Siméoni et al. 2025, arXiv:2508.10104): a half
// of the angles follows the row, the other the column, from -1 to 1 whatever the size of the grid, with periods from
// 1 to 100. Heads are width wide, which 4 divides.
func Rotate2D(g *graph.Graph, rows, columns, width int) *Rotation {
	if width%4 != 0 {
		exceptions.Panicf("rotary positions need heads whose width 4 divides, not %d", width)
	}
	sines, cosines := make([][]float32, rows*columns), make([][]float32, rows*columns)
	for i := range sines {
		place := [2]float64{
			(float64(i/columns)+0.5)/float64(rows)*2 - 1, (float64(i%columns)+0.5)/float64(columns)*2 - 1,
		}
		var s, c []float32
		for _, at := range place {
			for k := range width / 4 {
				angle := 2 * math.Pi * at / math.Pow(100, 4*float64(k)/float64(width))
				s, c = append(s, float32(math.Sin(angle))), append(c, float32(math.Cos(angle)))
			}
		}
		sines[i], cosines[i] = append(s, s...), append(c, c...)
	}
	table := func(values [][]float32) *graph.Node {
		return graph.Reshape(graph.Const(g, values), 1, rows*columns, 1, width)
	}
	return &Rotation{Sines: table(sines), Cosines: table(cosines)}
}

// apply turns the last tokens of x [N,L,heads,D].
func (r *Rotation) apply(x *graph.Node) *graph.Node {
	all, others := graph.AxisRange(), x.Shape().Dim(1)-r.Sines.Shape().Dim(1)
	turned := graph.Slice(x, all, graph.AxisRangeToEnd(others))
	half := x.Shape().Dim(3) / 2
	first := graph.Slice(turned, all, all, all, graph.AxisRangeFromStart(half))
	second := graph.Slice(turned, all, all, all, graph.AxisRangeToEnd(half))
	across := graph.Concatenate([]*graph.Node{graph.Neg(second), first}, 3)
	sines, cosines := graph.ConvertDType(r.Sines, x.DType()), graph.ConvertDType(r.Cosines, x.DType())
	turned = graph.Add(graph.Mul(turned, cosines), graph.Mul(across, sines))
	if others == 0 {
		return turned
	}
	return graph.Concatenate([]*graph.Node{graph.Slice(x, all, graph.AxisRangeFromStart(others)), turned}, 1)
}

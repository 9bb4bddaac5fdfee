package framework

import (
	"fmt"
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
)

// MultiBlock says which blocks of an image are predicted from which other block
// (Assran et al. 2023, arXiv:2301.08243, §3). Areas are shares of the image, in (0, 1].
type MultiBlock struct {
	Targets                int     // blocks that are predicted, at least 1
	TargetMin, TargetMax   float64 // their area
	AspectMin, AspectMax   float64 // their height/width
	ContextMin, ContextMax float64 // area of the block that they are predicted from, a square
	Least                  int     // patches that the context has more than, when the targets' are taken from it
}

// Patches are some patches of each image, by their numbers.
type Patches struct {
	Numbers *graph.Node // [N, K] int32
	Shown   *graph.Node // which of them count, [N, K] bool, where rows have different numbers of them; nil for all
}

// placements are how often a context is placed again that has too few patches left.
const placements = 20

// MultiBlock draws for every image [N, H, W, C] the target blocks and the context,
// a larger block without the targets' patches. Sizes are drawn once for the batch
// and places for each image, as in the official code; if too little of the context
// is left at twenty places, the last targets are left in, one after the other.
func (s *Step) MultiBlock(images *graph.Node, blocks MultiBlock) (context Patches, targets []Patches) {
	rows, columns := s.PatchGrid(images)
	if rows < 2 || columns < 2 {
		panic(fmt.Errorf("%d×%d patches have no blocks to predict; choose smaller patches or larger images", rows, columns))
	}
	n := images.Shape().Dim(0)
	grid := grid{rows: rows, columns: columns}
	height, width, most := grid.blockSize(
		s.Uniform(), blocks.TargetMin, blocks.TargetMax, blocks.AspectMin, blocks.AspectMax,
	)
	free := []*graph.Node{graph.Ones(s.Graph, shapes.Make(dtypes.Float32, n, rows*columns))} // without the first k targets
	for range blocks.Targets {
		top, left := grid.place(s.Uniform(n), rows, height), grid.place(s.Uniform(n), columns, width)
		targets = append(targets, grid.patches(top, left, height, width, most))
		block := rectangle(top, left, spread(height, n), spread(width, n), rows, columns)
		free = append(free, graph.Mul(free[len(free)-1], graph.OneMinus(block)))
	}

	height, width, most = grid.blockSize(s.Uniform(), blocks.ContextMin, blocks.ContextMax, 1, 1)
	tops := grid.place(s.Uniform(n, placements), rows, height)
	lefts := grid.place(s.Uniform(n, placements), columns, width)
	inside := rectangle(graph.Reshape(tops, -1), graph.Reshape(lefts, -1),
		spread(height, n*placements), spread(width, n*placements), rows, columns)
	inside = graph.Reshape(inside, n, placements, rows*columns)
	var left []*graph.Node // patches of the context at each place, without all targets first
	for k := range free {
		allowed := graph.ExpandAxes(free[len(free)-1-k], 1)
		left = append(left, graph.ReduceSum(graph.Mul(inside, allowed), 2))
	}
	enough := graph.GreaterThan(graph.Concatenate(left, 1), graph.Scalar(s.Graph, dtypes.Float32, float64(blocks.Least)))
	first := graph.ArgMax(graph.ConvertDType(enough, dtypes.Float32), 1, dtypes.Int32)
	without := graph.DivScalar(first, placements) // targets that are left in
	place := graph.Sub(first, graph.MulScalar(without, placements))

	context = grid.patches(pick(tops, place), pick(lefts, place), height, width, most)
	var allowed *graph.Node
	for k := range free {
		at := graph.ExpandAxes(graph.ConvertDType(graph.Equal(without, graph.ConstAs(without, k)), dtypes.Float32), 1)
		term := graph.Mul(at, free[len(free)-1-k])
		if allowed == nil {
			allowed = term
		} else {
			allowed = graph.Add(allowed, term)
		}
	}
	shown := graph.Squeeze(TakePatches(graph.ExpandAxes(allowed, 2), context.Numbers), 2)
	context.Shown = graph.LogicalAnd(context.Shown, graph.IsPositive(shown))
	return context, targets
}

// grid are the patches of an image.
type grid struct{ rows, columns int }

// blockSize is the height and width of a block for a number u in [0, 1), scalars,
// and the largest number of its patches. As in the official code the one number
// decides on area and aspect.
func (g grid) blockSize(
	u *graph.Node, areaMin, areaMax, aspectMin, aspectMax float64,
) (height, width *graph.Node, most int) {
	along := func(low, high float64) *graph.Node { return graph.AddScalar(graph.MulScalar(u, high-low), low) }
	area := graph.Floor(graph.MulScalar(along(areaMin, areaMax), float64(g.rows*g.columns)))
	aspect := along(aspectMin, aspectMax)
	height = graph.MinScalar(graph.Round(graph.Sqrt(graph.Mul(area, aspect))), float64(g.rows-1))
	width = graph.MinScalar(graph.Round(graph.Sqrt(graph.Div(area, aspect))), float64(g.columns-1))

	const steps = 1000
	highest, widest := 0.0, 0.0
	for i := range steps + 1 {
		u := float64(i) / steps
		area := math.Floor(float64(g.rows*g.columns) * (areaMin + u*(areaMax-areaMin)))
		aspect := aspectMin + u*(aspectMax-aspectMin)
		highest = max(highest, min(math.RoundToEven(math.Sqrt(area*aspect)), float64(g.rows-1)))
		widest = max(widest, min(math.RoundToEven(math.Sqrt(area/aspect)), float64(g.columns-1)))
	}
	return height, width, max(1, int(highest*widest))
}

// place is where a block begins along an axis, evenly among the places but the
// last one, as in the official code.
func (grid) place(numbers *graph.Node, length int, side *graph.Node) *graph.Node {
	return graph.Floor(graph.Mul(numbers, graph.AddScalar(graph.Neg(side), float64(length))))
}

// patches are those of the block at top and left, [N] each, at most that many.
func (g grid) patches(top, left, height, width *graph.Node, most int) Patches {
	n := top.Shape().Dim(0)
	at := graph.Iota(top.Graph(), shapes.Make(dtypes.Float32, n, most), 1)
	row := graph.Floor(graph.Div(at, width))
	column := graph.Sub(at, graph.Mul(row, width))
	row = graph.Add(row, graph.ExpandAxes(top, 1))
	column = graph.Add(column, graph.ExpandAxes(left, 1))
	number := graph.MinScalar(graph.Add(graph.MulScalar(row, float64(g.columns)), column), float64(g.rows*g.columns-1))
	return Patches{
		Numbers: graph.StopGradient(graph.ConvertDType(number, dtypes.Int32)),
		Shown:   graph.LessThan(at, graph.BroadcastToDims(graph.Mul(height, width), n, most)),
	}
}

// spread repeats a scalar n times.
func spread(x *graph.Node, n int) *graph.Node { return graph.BroadcastToDims(x, n) }

// pick takes from each row of x [N, K] the column, [N] int32: [N].
func pick(x, column *graph.Node) *graph.Node {
	columns := graph.Iota(x.Graph(), shapes.Make(dtypes.Int32, x.Shape().Dimensions...), 1)
	hit := graph.Equal(columns, graph.BroadcastToDims(graph.ExpandAxes(column, 1), x.Shape().Dimensions...))
	return graph.ReduceSum(graph.Where(hit, x, graph.ZerosLike(x)), 1)
}

package gallery

import (
	"context"
	"fmt"
	"slices"

	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/internal/eval"
	"github.com/kontrast-ml/kontrast/internal/eval/embed"
	"github.com/kontrast-ml/kontrast/internal/experiment"
	"github.com/kontrast-ml/kontrast/internal/figure"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// Neighborhood says which neighbors are shown.
type Neighborhood struct {
	Samples int // test images that are searched, evenly spaced
	Queries int // rows
	Nearest int // neighbors by each of the two runs
}

// Check says what is out of its range.
func (n Neighborhood) Check() error {
	switch {
	case n.Samples < 4 || n.Samples > 50_000:
		return fmt.Errorf("%d samples: expected 4 to 50000", n.Samples)
	case n.Queries < 1 || n.Queries > 64:
		return fmt.Errorf("%d queries: expected 1 to 64", n.Queries)
	case n.Nearest < 1 || n.Nearest > 10:
		return fmt.Errorf("%d neighbors: expected 1 to 10", n.Nearest)
	}
	return nil
}

// Neighbors draws test images with their nearest other test images by the
// features of two runs, where the two disagree most.
func Neighbors(
	ctx context.Context, open Opener, a, b store.Run, n Neighborhood, o figure.Options,
) (*figure.Figure, error) {
	if err := n.Check(); err != nil {
		return nil, err
	}
	first, err := open(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	defer first.Close()
	second, err := open(ctx, b.ID)
	if err != nil {
		return nil, err
	}
	defer second.Close()
	samples := first.Spread(n.Samples)
	if !slices.Equal(samples, second.Spread(n.Samples)) {
		return nil, fmt.Errorf("runs %s and %s have other test images; their neighbors can't be compared", a.Name, b.Name)
	}
	one, err := first.Embed(ctx, samples)
	if err != nil {
		return nil, err
	}
	two, err := second.Embed(ctx, samples)
	if err != nil {
		return nil, err
	}
	found, err := n.disagreements(ctx, one, two)
	if err != nil {
		return nil, err
	}
	tiles := figure.Tiles{
		Title: fmt.Sprintf("Nearest test images by %s and by %s", a.Name, b.Name), Columns: n.columns(a, b),
	}
	for _, d := range found {
		row, err := d.tiles(first, one)
		if err != nil {
			return nil, err
		}
		tiles.Rows = append(tiles.Rows, row)
	}
	f, err := figure.Pictures(tiles, o)
	if err != nil {
		return nil, err
	}
	return f.Describe(fmt.Sprintf("of %d test images those whose %d nearest others, by cosine, differ most between the "+
		"two; a whole frame is the query's class, a dashed one another",
		one.Len(), n.Nearest)), nil
}

func (n Neighborhood) columns(a, b store.Run) []string {
	columns := []string{"query"}
	for _, run := range []store.Run{a, b} {
		columns = append(columns, run.Name)
		for i := range n.Nearest - 1 {
			columns = append(columns, fmt.Sprint(i+2))
		}
	}
	return columns
}

// disagreement is a query with its neighbors, rows of the embedded images.
type disagreement struct {
	query         int
	first, second []int
	apart         int // how much the two differ
}

// disagreements finds the queries on which two runs differ most: in how many
// neighbors have the query's class, and then in which they are.
func (n Neighborhood) disagreements(ctx context.Context, one, two embed.Images) ([]disagreement, error) {
	if !slices.Equal(one.Indices, two.Indices) {
		return nil, fmt.Errorf("the two runs could not read the same images")
	}
	queries := make([]int, one.Len())
	for i := range queries {
		queries[i] = i
	}
	first, err := eval.Nearest(ctx, one.Features, queries, n.Nearest)
	if err != nil {
		return nil, err
	}
	second, err := eval.Nearest(ctx, two.Features, queries, n.Nearest)
	if err != nil {
		return nil, err
	}
	all := make([]disagreement, len(queries))
	for i := range all {
		d := disagreement{query: i, first: first[i], second: second[i]}
		right := 0 // more often by the first than by the second
		for k := range n.Nearest {
			right += alike(one.Labels, i, first[i][k]) - alike(one.Labels, i, second[i][k])
			if !slices.Contains(second[i], first[i][k]) {
				d.apart++
			}
		}
		d.apart += 2 * max(right, -right) * n.Nearest
		all[i] = d
	}
	slices.SortStableFunc(all, func(a, b disagreement) int { return b.apart - a.apart })
	return all[:min(n.Queries, len(all))], nil
}

func alike(labels []int, i, j int) int {
	if labels[i] >= 0 && labels[i] == labels[j] {
		return 1
	}
	return 0
}

func (d disagreement) tiles(look *experiment.Look, images embed.Images) ([]figure.Tile, error) {
	var row []figure.Tile
	for at, i := range slices.Concat([]int{d.query}, d.first, d.second) {
		picture, err := look.Image(images.Indices[i])
		if err != nil {
			return nil, err
		}
		tile := figure.Tile{Image: Shrunk(picture, pictureSide), Caption: className(look.Classes(), images.Labels[i])}
		if at > 0 && images.Labels[d.query] >= 0 {
			tile.Mark = 2*alike(images.Labels, d.query, i) - 1
		}
		row = append(row, tile)
	}
	return row, nil
}

// pictureSide is how many pixels a picture in a figure has, at most.
const pictureSide = 128

// Shrunk averages the pixels of an image whose longer side has more than most.
func Shrunk(from data.Image, most int) data.Image {
	times := (max(from.Width, from.Height) + most - 1) / most
	if times <= 1 {
		return from
	}
	var to data.Image
	to.Reset(from.Width/times, from.Height/times)
	for y := range to.Height {
		for x := range to.Width {
			average(&to, &from, x, y, times)
		}
	}
	return to
}

// average makes a pixel the mean of a square of them.
func average(to, from *data.Image, x, y, side int) {
	for channel := range 3 {
		sum := 0
		for dy := range side {
			for dx := range side {
				sum += int(from.Pix[3*((y*side+dy)*from.Width+x*side+dx)+channel])
			}
		}
		to.Pix[3*(y*to.Width+x)+channel] = uint8(sum / (side * side))
	}
}

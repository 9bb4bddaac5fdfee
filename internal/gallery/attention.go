package gallery

import (
	"context"
	"fmt"
	"slices"

	"github.com/kontrast-ml/kontrast/internal/experiment"
	"github.com/kontrast-ml/kontrast/internal/figure"
)

// Attention draws what the class token of a vision transformer attends to in
// test images, a map for each head (Caron et al. 2021, arXiv:2104.14294,
// figures 1 and 3). Blocks are counted from 1; 0 is the last.
func Attention(
	ctx context.Context, look *experiment.Look, samples, block int, o figure.Options,
) (*figure.Figure, error) {
	if samples < 1 || samples > 64 {
		return nil, fmt.Errorf("%d samples: expected 1 to 64", samples)
	}
	all, err := look.Attention(ctx, look.Spread(samples), block)
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", look.Run.Name, err)
	}
	which := "the last block"
	if block > 0 {
		which = fmt.Sprintf("block %d", block)
	}
	tiles := figure.Tiles{Title: fmt.Sprintf("What the class token of %s attends to in %s", look.Run.Name, which),
		Columns: []string{"image"},
		Scale:   &figure.Scale{Low: 0, High: 1, Label: "from a map's smallest to its largest"}}
	for h := range all[0].Heads {
		tiles.Columns = append(tiles.Columns, fmt.Sprintf("head %d", h+1))
	}
	for _, one := range all {
		row := []figure.Tile{
			{Image: Shrunk(one.Image, pictureSide), Caption: className(look.Classes(), look.Label(one.Sample))},
		}
		for _, weights := range one.Heads {
			own := figure.Scale{Low: slices.Min(weights), High: slices.Max(weights)}
			row = append(row, figure.Tile{Image: own.Image(weights, one.Columns),
				Caption: fmt.Sprintf("%.2f to %.2f %%", 100*own.Low, 100*own.High)})
		}
		tiles.Rows = append(tiles.Rows, row)
	}
	f, err := figure.Pictures(tiles, o)
	if err != nil {
		return nil, err
	}
	return f.Describe("share of a head's attention that goes from the class token to each patch; below a map its smallest and its " +
			"largest"),
		nil
}

// Positions draws the cosine similarity of each patch's position embedding with
// all others (Dosovitskiy et al. 2021, arXiv:2010.11929, figure 7).
func Positions(look *experiment.Look, o figure.Options) (*figure.Figure, error) {
	found, err := look.Positions()
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", look.Run.Name, err)
	}
	scale := figure.Scale{Low: -1, High: 1, Diverging: true, Label: "cosine similarity"}
	tiles := figure.Tiles{Title: fmt.Sprintf("Position embeddings (%s) of %s", found.Kind, look.Run.Name), Scale: &scale,
		Side: max(0.7, min(2.2, 18/float64(found.Columns)))}
	for row := range found.Rows {
		var line []figure.Tile
		for column := range found.Columns {
			line = append(line, figure.Tile{Image: scale.Image(found.Similarities[row*found.Columns+column], found.Columns)})
		}
		tiles.Rows = append(tiles.Rows, line)
	}
	f, err := figure.Pictures(tiles, o)
	if err != nil {
		return nil, err
	}
	about := "the picture at a patch's place is the cosine similarity of its position embedding with that of the patch " +
		"at each place"
	if found.Kind == "relative" {
		about = "embeddings are of distances, counted row by row: the picture at a patch's place is the cosine similarity " +
			"of the embedding of its distance to the patch at each place with that of the distance 0, the mean over the blocks"
	}
	return f.Describe(about), nil
}

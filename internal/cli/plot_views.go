package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/kontrast-ml/kontrast/internal/app"
	"github.com/kontrast-ml/kontrast/internal/figure"
)

func (c *command) plotViews() *cobra.Command {
	settings := settings{command: c}
	var out drawing
	samples := 6
	cmd := &cobra.Command{
		Use:   "views [FILE]",
		Short: "Draw what a recipe makes of some training images, before any training",
		Long: `Draw some training images, each with the views that a method gets of it in the first
epoch: the very views of a run with the same configuration and seed.`,
		Example: `  kontrast plot views --recipe simclr-cifar --dataset shapes
  kontrast plot views --method dino --dataset folder --set dataset.path=photos/ --samples 8 -o views.png`,
		Args: arguments(0, "FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if samples < 1 || samples > 64 {
				return usageError{fmt.Errorf("--samples %d: expected 1 to 64", samples)}
			}
			doc, err := settings.document(cmd, args)
			if err != nil {
				return err
			}
			plan, err := c.plan(doc)
			if err != nil {
				return err
			}
			sheet, err := plan.Views(cmd.Context(), app.DataEnv(c.options), samples)
			if err != nil {
				return err
			}
			tiles := figure.Tiles{
				Title: fmt.Sprintf("Views of %s by the recipe %s", sheet.Dataset, sheet.Recipe), Columns: []string{"image"},
			}
			for _, sample := range sheet.Samples {
				row := []figure.Tile{{Image: sample.Original}}
				for _, view := range sample.Views {
					row = append(row, figure.Tile{Image: view})
				}
				tiles.Rows = append(tiles.Rows, row)
			}
			for v := range tiles.Rows[0][1:] {
				tiles.Columns = append(tiles.Columns, fmt.Sprintf("view %d", v+1))
			}
			return out.write(c, "views", func(o figure.Options) (*figure.Figure, error) { return figure.Pictures(tiles, o) })
		},
	}
	settings.register(cmd)
	settings.more(cmd, "method", "method", "method (see: kontrast methods)")
	settings.more(cmd, "seed", "seed", "seed of order and views")
	cmd.Flags().IntVar(&samples, "samples", samples, "training images to show, 1 to 64")
	out.register(cmd)
	completeFlags(cmd, c.choices())
	return cmd
}

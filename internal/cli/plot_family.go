package cli

import (
	"github.com/spf13/cobra"

	"github.com/kontrast-ml/kontrast/internal/figure"
	"github.com/kontrast-ml/kontrast/internal/lineage"
)

func (c *command) plotFamily() *cobra.Command {
	var out drawing
	cmd := &cobra.Command{
		Use:   "family",
		Short: "Draw which method builds on which",
		Long: `Draw which method builds on which, and what it changed: a row a method, a solid line
from the one that it is nearest to, dashed lines from others.`,
		Example: `  kontrast plot family -o family.svg
  kontrast plot family --theme dark -o family.png`,
		Args: arguments(0),
		RunE: func(*cobra.Command, []string) error {
			catalog, err := c.catalog()
			if err != nil {
				return err
			}
			return out.write(
				c, "family", func(o figure.Options) (*figure.Figure, error) { return lineage.Draw(catalog.Methods.All(), o) },
			)
		},
	}
	out.register(cmd)
	return cmd
}

package cli

import (
	"cmp"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kontrast-ml/kontrast/internal/figure"
)

// drawing are the flags of commands that draw a figure.
type drawing struct {
	output, theme string
	options       figure.Options
}

func (d *drawing) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVarP(&d.output, "output", "o", "",
		"file to write, ending in .svg, .png or .pdf; - for SVG on standard output (default named after what is drawn, .svg)")
	flags.StringVar(&d.options.Title, "title", "", "title above the figure")
	flags.StringVar(&d.theme, "theme", string(figure.Light), strings.Join(figure.Themes, " or "))
	flags.Float64Var(&d.options.Width, "width", 0, "width in centimeters (default the kind's own)")
	flags.Float64Var(&d.options.Height, "height", 0, "height in centimeters (default the kind's own)")
	completeFlags(cmd, map[string]names{"theme": func(*cobra.Command) []string { return figure.Themes }})
}

// write draws the figure and writes it to the file asked for, or to one of that name.
func (d *drawing) write(c *command, name string, draw func(figure.Options) (*figure.Figure, error)) error {
	var err error
	if d.options.Theme, err = figure.ParseTheme(d.theme); err != nil {
		return usageError{err}
	}
	if err := d.options.Validate(); err != nil {
		return usageError{err}
	}
	output := cmp.Or(d.output, fileName(name)+".svg")
	format, err := figureFormat(output)
	if err != nil {
		return usageError{err}
	}
	drawn, err := draw(d.options)
	if err != nil {
		return err
	}
	return c.writeFile(output, func(w io.Writer) error { return drawn.Write(w, format) })
}

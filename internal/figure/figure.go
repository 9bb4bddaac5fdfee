package figure

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	_ "gonum.org/v1/plot/vg/vgimg" // png
	_ "gonum.org/v1/plot/vg/vgpdf" // pdf
	_ "gonum.org/v1/plot/vg/vgsvg" // svg

	"github.com/kontrast-ml/kontrast/internal/escape"
)

// Formats lists the formats of figures.
var Formats = []string{"svg", "png", "pdf"}

// Options adjust a figure. The zero value is a light figure of its kind's usual size.
type Options struct {
	Title         string  // above the figure; empty for the kind's own
	Width, Height float64 // in centimeters, up to 200; 0 means the usual size
	Theme         Theme
	LogY          bool // logarithmic values of curves; those below 1e-300, as zero is, are left out
}

// Validate says what is out of its range.
func (o Options) Validate() error {
	if !(o.Width >= 0 && o.Width <= 200 && o.Height >= 0 && o.Height <= 200) {
		return fmt.Errorf("a figure of %v × %v cm: each must be above 0 and at most 200, or 0 for the usual size",
			o.Width, o.Height)
	}
	return nil
}

// Figure is a drawing that can be written in several formats.
type Figure struct {
	title         string // in words, for those who can't see it
	description   string // what the numbers mean; may be empty
	width, height vg.Length
	paint         func(draw.Canvas)
	ink           ink
}

// newFigure makes a figure of that size in centimeters, unless the options say another.
func newFigure(o Options, title string, width, height float64, paint func(draw.Canvas, ink)) (*Figure, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	ink := o.Theme.ink()
	return &Figure{
		title: cmp.Or(o.Title, title),
		width: vg.Length(cmp.Or(o.Width, width)) * vg.Centimeter, height: vg.Length(cmp.Or(o.Height, height)) * vg.Centimeter,
		ink: ink, paint: func(c draw.Canvas) { paint(c, ink) },
	}, nil
}

// Describe says what the figure's numbers mean, for its readers and for
// programs that read it aloud.
func (f *Figure) Describe(text string) *Figure {
	f.description = text
	return f
}

// Write writes the figure in one of the Formats.
func (f *Figure) Write(w io.Writer, format string) error {
	if !slices.Contains(Formats, format) {
		return fmt.Errorf("unknown figure format %q; known formats: %s", format, strings.Join(Formats, ", "))
	}
	canvas, err := draw.NewFormattedCanvas(f.width, f.height, format)
	if err != nil {
		return err
	}
	whole := draw.New(canvas)
	whole.SetColor(f.ink.paper)
	whole.Fill(whole.Rectangle.Path())
	f.paint(whole)
	if format != "svg" {
		_, err = canvas.WriteTo(w)
		return err
	}
	var b bytes.Buffer
	if _, err := canvas.WriteTo(&b); err != nil {
		return err
	}
	return f.writeSVG(w, b.String())
}

// writeSVG adds to a drawing what screen readers say, and fonts to fall back on
// where Liberation is not installed: those have the same widths.
func (f *Figure) writeSVG(w io.Writer, svg string) error {
	svg = strings.ReplaceAll(svg, "font-family:Liberation Sans", "font-family:Liberation Sans,Arial,Helvetica,sans-serif")
	start := strings.Index(svg, "<svg")
	if start < 0 {
		return fmt.Errorf("the drawing has no svg element")
	}
	end := start + strings.Index(svg[start:], ">") + 1
	head := strings.TrimSuffix(svg[start:end], ">") + ` role="img">` + "\n<title>" + xmlText(f.title) + "</title>"
	if f.description != "" {
		head += "\n<desc>" + xmlText(f.description) + "</desc>"
	}
	_, err := io.WriteString(w, svg[:start]+head+svg[end:])
	return err
}

func xmlText(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(escape.Line(text))) // a strings.Builder takes all
	return b.String()
}

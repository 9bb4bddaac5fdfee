package report

import (
	"cmp"
	"fmt"
	"image/color"
	"io"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/kontrast-ml/kontrast/internal/store"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// CurveOptions adjust Curves. The zero value is a figure of 16 × 10 cm.
type CurveOptions struct {
	Title         string
	Width, Height float64 // in centimeters, up to 200; 0 means 16 and 10
	LogY          bool    // logarithmic values; those below 1e-300, as zero is, are left out
}

// FigureFormats lists the formats of figures.
var FigureFormats = []string{"png", "svg", "pdf"}

// Curves draws learning curves of one metric: a line a method and backbone,
// the mean over its runs, in a band from the lowest to the highest of them.
// Values that are not finite, or beyond ±1e300, are left out. It is an error if
// no value is left, the format is unknown, or the size is out of its range.
func Curves(w io.Writer, format string, curves []store.Curve, o CurveOptions) error {
	if !slices.Contains(FigureFormats, format) {
		return fmt.Errorf("unknown figure format %q; known formats: %s", format, strings.Join(FigureFormats, ", "))
	}
	if !(o.Width >= 0 && o.Width <= 200 && o.Height >= 0 && o.Height <= 200) {
		return fmt.Errorf("a figure of %v × %v cm: each must be above 0 and at most 200, or 0 for the usual size", o.Width, o.Height)
	}
	for _, c := range curves {
		if len(c.Steps) != len(c.Values) {
			return fmt.Errorf("the curve of run %s has %d steps and %d values; there must be a value for each step", c.Name, len(c.Steps), len(c.Values))
		}
	}
	bands := bandsOf(curves, o.LogY)
	if len(bands) == 0 {
		return fmt.Errorf("no values to draw: check the name of the metric and the selection of runs")
	}
	figure := plot.New()
	figure.Title.Text = o.Title
	figure.X.Label.Text, figure.Y.Label.Text = "training step", curves[0].Metric
	figure.Legend.Top = true
	if o.LogY {
		figure.Y.Scale, figure.Y.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: -1}
	}
	figure.Add(plotter.NewGrid())
	for i, b := range bands {
		if err := b.draw(figure, palette[i%len(palette)], i/len(palette)); err != nil {
			return fmt.Errorf("drawing %s: %w", b.label, err)
		}
	}
	if o.LogY && figure.Y.Min == figure.Y.Max { // which a logarithmic axis can't widen
		figure.Y.Min, figure.Y.Max = figure.Y.Min/2, figure.Y.Max*2
	}
	width, height := vg.Length(cmp.Or(o.Width, 16))*vg.Centimeter, vg.Length(cmp.Or(o.Height, 10))*vg.Centimeter
	canvas, err := figure.WriterTo(width, height, format)
	if err != nil {
		return err
	}
	_, err = canvas.WriteTo(w)
	return err
}

// palette is that of Okabe and Ito, "Color Universal Design" (2008), which
// people with any color vision can tell apart.
var palette = []color.NRGBA{
	{0, 114, 178, 255}, {213, 94, 0, 255}, {0, 158, 115, 255}, {204, 121, 167, 255},
	{230, 159, 0, 255}, {86, 180, 233, 255}, {0, 0, 0, 255},
}

// band is the mean of several curves and their lowest and highest values.
type band struct {
	label           string
	mean, low, high plotter.XYs
	runs            int
}

// largest is the size of values up to which an axis can be laid out.
const largest = 1e300

// bandsOf gathers the curves by method and backbone, ordered by label.
func bandsOf(curves []store.Curve, positiveOnly bool) []band {
	values := map[string]map[int64][]float64{} // by label and step
	runs := map[string]int{}
	for _, c := range curves {
		label := c.Method + ", " + c.Backbone
		if values[label] == nil {
			values[label] = map[int64][]float64{}
		}
		runs[label]++
		for i, step := range c.Steps {
			if v := c.Values[i]; math.Abs(v) <= largest && (v >= 1/largest || !positiveOnly) { // no NaN
				values[label][step] = append(values[label][step], v)
			}
		}
	}
	var bands []band
	for _, label := range slices.Sorted(maps.Keys(values)) {
		if len(values[label]) == 0 {
			continue
		}
		b := band{label: label, runs: runs[label]}
		for _, step := range slices.Sorted(maps.Keys(values[label])) {
			at, x := values[label][step], float64(step)
			sum := 0.0
			for _, v := range at {
				sum += v
			}
			b.mean = append(b.mean, plotter.XY{X: x, Y: sum / float64(len(at))})
			b.low = append(b.low, plotter.XY{X: x, Y: slices.Min(at)})
			b.high = append(b.high, plotter.XY{X: x, Y: slices.Max(at)})
		}
		bands = append(bands, b)
	}
	return bands
}

// draw adds the band to the figure; lines of the same color differ in their dashes.
func (b band) draw(figure *plot.Plot, c color.NRGBA, dashes int) error {
	if b.runs > 1 {
		outline := slices.Clone(b.high)
		slices.Reverse(outline)
		area, err := plotter.NewPolygon(slices.Concat(b.low, outline))
		if err != nil {
			return err
		}
		area.Color, area.LineStyle = color.NRGBA{c.R, c.G, c.B, 48}, draw.LineStyle{}
		figure.Add(area)
	}
	line, err := plotter.NewLine(b.mean)
	if err != nil {
		return err
	}
	line.Color, line.Width = c, vg.Points(1.2)
	if dashes > 0 {
		line.Dashes = []vg.Length{vg.Points(float64(2 + 3*dashes)), vg.Points(2)}
	}
	figure.Add(line)
	figure.Legend.Add(fmt.Sprintf("%s (%d)", b.label, b.runs), line)
	return nil
}

package figure

import (
	"errors"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/kontrast-ml/kontrast/internal/escape"
)

// Row is an estimate with its interval, on a line of its own.
type Row struct {
	Label     string
	Method    string // whose color it has
	Mean      float64
	HalfWidth float64   // of the interval; NaN where there is none
	Values    []float64 // of the seeds, as dots; may be empty
	Hollow    bool      // drawn without filling: a baseline, or a difference that may be none
}

// Rows are estimates below each other, the first on top.
type Rows struct {
	Title string
	Axis  string // what the numbers are, with their unit
	Rows  []Row
	Zero  bool // draws a line at zero, and colors by the side that the interval is on: for differences
}

// errNothing is the error of a figure without data.
var errNothing = errors.New("nothing to draw: no finished run has these scores")

// Intervals draws the rows: the ranking of methods, or a forest of differences.
func Intervals(rows Rows, o Options) (*Figure, error) {
	if len(rows.Rows) == 0 {
		return nil, errNothing
	}
	height := 2.4 + 0.62*float64(len(rows.Rows))
	return newFigure(o, rows.Title, 16, height, func(c draw.Canvas, k ink) {
		p := k.axes(firstOf(o.Title, rows.Title))
		p.X.Label.Text = rows.Axis
		names := make([]string, len(rows.Rows))
		for i, row := range rows.Rows {
			names[i] = escape.Line(row.Label)
		}
		k.drawRows(c, p, names, &intervals{rows, k}, 9, 12)
	})
}

// drawRows draws what a plotter has in rows, the first on top, with their names
// in letters of that size. So many points at the right stay free.
func (k ink) drawRows(c draw.Canvas, p *plot.Plot, names []string, rows plot.Plotter, size, free float64) {
	slices.Reverse(names)
	p.NominalY(names...)
	p.Y.Tick.Label.Font.Size = vg.Points(size)
	p.Add(k.grid(true, false), rows)
	p.Y.Min, p.Y.Max = -0.7, float64(len(names))-0.3
	p.Draw(draw.Crop(c, vg.Points(4), -vg.Points(free), vg.Points(4), -vg.Points(6)))
}

func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return escape.Line(text)
		}
	}
	return ""
}

// intervals is the plotter of Rows.
type intervals struct {
	Rows
	k ink
}

// DataRange covers means and dots, and of intervals what is within three times
// their range: the interval of two seeds can be twelve times as wide.
func (d *intervals) DataRange() (xmin, xmax, ymin, ymax float64) {
	xmin, xmax = math.Inf(1), math.Inf(-1)
	cover := func(x float64) { xmin, xmax = min(xmin, x), max(xmax, x) }
	for _, row := range d.Rows.Rows {
		cover(row.Mean)
		for _, v := range row.Values {
			cover(v)
		}
	}
	if d.Zero {
		cover(0)
	}
	reach := max(xmax-xmin, 1e-6)
	least, most := xmin-reach, xmax+reach
	for _, row := range d.Rows.Rows {
		if !math.IsNaN(row.HalfWidth) {
			cover(max(least, row.Mean-row.HalfWidth))
			cover(min(most, row.Mean+row.HalfWidth))
		}
	}
	margin := 0.03 * max(xmax-xmin, 1e-6)
	return xmin - margin, xmax + margin, 0, float64(len(d.Rows.Rows) - 1)
}

// Plot draws the rows.
func (d *intervals) Plot(c draw.Canvas, p *plot.Plot) {
	toX, toY := p.Transforms(&c)
	if d.Zero {
		line := draw.LineStyle{Color: d.k.text, Width: vg.Points(0.8)}
		c.StrokeLine2(line, toX(0), c.Min.Y, toX(0), c.Max.Y)
	}
	for i, row := range d.Rows.Rows {
		y := toY(float64(len(d.Rows.Rows) - 1 - i))
		ink := d.k.method(row.Method)
		for _, v := range row.Values {
			c.DrawGlyph(draw.GlyphStyle{Color: faint(ink, 150), Radius: vg.Points(2), Shape: draw.CircleGlyph{}},
				vg.Point{X: toX(v), Y: y - vg.Points(4.5)})
		}
		if !math.IsNaN(row.HalfWidth) {
			d.bar(
				c, toX(row.Mean-row.HalfWidth), toX(row.Mean+row.HalfWidth), y, draw.LineStyle{Color: ink, Width: vg.Points(1.4)},
			)
		}
		shape := draw.GlyphDrawer(draw.CircleGlyph{})
		if row.Hollow {
			c.DrawGlyph(draw.GlyphStyle{Color: d.k.paper, Radius: vg.Points(3.6), Shape: draw.CircleGlyph{}},
				vg.Point{X: toX(row.Mean), Y: y})
			shape = draw.RingGlyph{}
		}
		c.DrawGlyph(draw.GlyphStyle{Color: ink, Radius: vg.Points(3.6), Shape: shape}, vg.Point{X: toX(row.Mean), Y: y})
	}
}

// bar draws an interval; an end that is out of the figure is an arrow's head.
func (d *intervals) bar(c draw.Canvas, left, right, y vg.Length, style draw.LineStyle) {
	from, to := max(left, c.Min.X), min(right, c.Max.X)
	c.StrokeLine2(style, from, y, to, y)
	tick := vg.Points(2.5)
	ends := []struct {
		at      vg.Length
		cut     bool
		inwards vg.Length
	}{{from, left < c.Min.X, tick}, {to, right > c.Max.X, -tick}}
	for _, end := range ends {
		if end.cut {
			c.StrokeLines(style, []vg.Point{
				{X: end.at + end.inwards, Y: y + tick}, {X: end.at, Y: y}, {X: end.at + end.inwards, Y: y - tick},
			})
			continue
		}
		c.StrokeLine2(style, end.at, y-tick, end.at, y+tick)
	}
}

// GlyphBoxes keeps the dots of the lowest and highest values whole.
func (d *intervals) GlyphBoxes(p *plot.Plot) []plot.GlyphBox {
	var boxes []plot.GlyphBox
	for i, row := range d.Rows.Rows {
		radius := vg.Points(4)
		boxes = append(boxes, plot.GlyphBox{
			X: p.X.Norm(row.Mean), Y: p.Y.Norm(float64(len(d.Rows.Rows) - 1 - i)),
			Rectangle: vg.Rectangle{Min: vg.Point{X: -radius, Y: -radius}, Max: vg.Point{X: radius, Y: radius}},
		})
	}
	return boxes
}

package figure

import (
	"fmt"
	"math"

	"gonum.org/v1/plot/palette"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/kontrast-ml/kontrast/internal/escape"
)

// Scatter is maps of the same samples beside each other, such as those of the
// features of several methods. Each is stretched to its panel.
type Scatter struct {
	Title  string
	Panels []ScatterPanel
	// Names are those of the categories that values are indices into; nil where
	// values are numbers, which are colored by Scale.
	Names []string
	Scale Scale

	colors palette.ColorMap // of Scale
}

// ScatterPanel is one of the maps.
type ScatterPanel struct {
	Title  string
	Points [][2]float64
	Values []float64 // one a point: an index into Names or a number; NaN is unknown, and gray
}

const (
	panelSide   = 7.6 // centimeters
	mostLegends = 24  // names of categories that are listed
)

// Scatters draws the maps.
func Scatters(s Scatter, o Options) (*Figure, error) {
	if len(s.Panels) == 0 {
		return nil, errNothing
	}
	s.colors = s.Scale.colors()
	columns := min(3, len(s.Panels))
	rows := (len(s.Panels) + columns - 1) / columns
	side := 0.8
	if s.Names != nil {
		side = 3.4
	}
	height := panelSide*float64(rows) + 1.4
	if s.Names == nil {
		height += float64(barRoom / vg.Centimeter)
	}
	return newFigure(o, s.Title, panelSide*float64(columns)+side, height, func(c draw.Canvas, k ink) {
		heading := k.letters(11)
		heading.XAlign, heading.YAlign = draw.XCenter, draw.YTop
		c.FillText(heading, vg.Point{X: c.Center().X, Y: c.Max.Y - vg.Points(6)}, firstOf(o.Title, s.Title))
		body := draw.Crop(c, vg.Points(6), -vg.Points(6), vg.Points(6), -vg.Points(24))
		if s.Names != nil {
			body.Max.X -= s.legend(body, k)
		} else {
			s.Scale.draw(c, k)
			body.Min.Y += barRoom
		}
		tiles := draw.Tiles{Cols: columns, Rows: rows, PadX: vg.Points(8), PadY: vg.Points(8)}
		for i, panel := range s.Panels {
			s.panel(tiles.At(body, i%columns, i/columns), panel, k)
		}
	})
}

// glyphOf is how a value is drawn.
func (s Scatter) glyphOf(value float64, k ink, radius vg.Length) draw.GlyphStyle {
	style := draw.GlyphStyle{Color: faint(k.baseline, 150), Radius: radius, Shape: draw.CircleGlyph{}}
	switch {
	case math.IsNaN(value) || value < 0 && s.Names != nil:
	case s.Names == nil:
		style.Color = s.Scale.shade(s.colors, value)
	default:
		colors := len(Palettes[Light])
		style.Color, style.Shape = faint(k.category(int(value)), 200), glyph(int(value)/colors)
	}
	return style
}

func (s Scatter) panel(c draw.Canvas, panel ScatterPanel, k ink) {
	title := k.letters(9)
	title.XAlign, title.YAlign = draw.XCenter, draw.YTop
	c.FillText(title, vg.Point{X: c.Center().X, Y: c.Max.Y}, escape.Line(panel.Title))
	c = draw.Crop(c, 0, 0, 0, -vg.Points(14))
	frame := draw.LineStyle{Color: k.rules, Width: vg.Points(0.6)}
	c.StrokeLines(frame, []vg.Point{c.Min, {X: c.Max.X, Y: c.Min.Y}, c.Max, {X: c.Min.X, Y: c.Max.Y}, c.Min})
	low, high := [2]float64{math.Inf(1), math.Inf(1)}, [2]float64{math.Inf(-1), math.Inf(-1)}
	for _, at := range panel.Points {
		for axis, x := range at {
			low[axis], high[axis] = min(low[axis], x), max(high[axis], x)
		}
	}
	inner := draw.Crop(c, vg.Points(6), -vg.Points(6), vg.Points(6), -vg.Points(6))
	place := func(at [2]float64, axis int, from, to vg.Length) vg.Length {
		if high[axis] <= low[axis] {
			return (from + to) / 2
		}
		return from + vg.Length((at[axis]-low[axis])/(high[axis]-low[axis]))*(to-from)
	}
	radius := vg.Points(1.8)
	if len(panel.Points) > 800 {
		radius = vg.Points(1.3)
	}
	for i, at := range panel.Points {
		c.DrawGlyph(s.glyphOf(panel.Values[i], k, radius),
			vg.Point{X: place(at, 0, inner.Min.X, inner.Max.X), Y: place(at, 1, inner.Min.Y, inner.Max.Y)})
	}
}

// legend names the categories that occur, at the right, and returns its width.
func (s Scatter) legend(c draw.Canvas, k ink) vg.Length {
	occur := map[int]bool{}
	for _, panel := range s.Panels {
		for _, value := range panel.Values {
			if value >= 0 { // no NaN
				occur[int(value)] = true
			}
		}
	}
	style := k.letters(8.5)
	style.YAlign = draw.YCenter
	width, listed := vg.Length(0), []int{}
	for i, name := range s.Names {
		if !occur[i] {
			continue
		}
		if listed = append(listed, i); len(listed) <= mostLegends {
			width = max(width, style.Width(escape.Line(name)))
		}
	}
	width = max(width, style.Width("and 100 more"))
	left, y := c.Max.X-width, c.Max.Y-vg.Points(16)
	for i, category := range listed {
		y -= legendLine
		if i == mostLegends {
			c.FillText(style, vg.Point{X: left, Y: y}, fmt.Sprintf("and %d more", len(listed)-i))
			break
		}
		c.DrawGlyph(s.glyphOf(float64(category), k, vg.Points(2.5)), vg.Point{X: left - vg.Points(8), Y: y})
		c.FillText(style, vg.Point{X: left, Y: y}, escape.Line(s.Names[category]))
	}
	return width + vg.Points(24)
}

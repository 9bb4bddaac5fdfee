package figure

import (
	"fmt"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/kontrast-ml/kontrast/internal/escape"
)

// Ranked is a method with its mean rank, 1 for the best.
type Ranked struct {
	Label, Method string
	Rank          float64
}

// Ranks is a diagram of ranks (Demšar 2006), the best first.
type Ranks struct {
	Title    string
	Rows     []Ranked
	Together [][2]int // stretches of Rows, first and last, of which no two are told apart
}

// RankDiagram draws mean ranks on a line, with bars that join what is not told apart.
func RankDiagram(d Ranks, o Options) (*Figure, error) {
	if len(d.Rows) < 2 {
		return nil, fmt.Errorf("a diagram of ranks needs two methods")
	}
	half := (len(d.Rows) + 1) / 2
	height := 2.2 + 0.28*float64(len(d.Together)) + 0.5*float64(half)
	return newFigure(o, d.Title, 17, height, func(c draw.Canvas, k ink) {
		heading := k.letters(11)
		heading.XAlign, heading.YAlign = draw.XCenter, draw.YTop
		c.FillText(heading, vg.Point{X: c.Center().X, Y: c.Max.Y - vg.Points(6)}, firstOf(o.Title, d.Title))
		names, widest := k.letters(9), vg.Length(0)
		for _, row := range d.Rows {
			widest = max(widest, names.Width(escape.Line(row.Label)))
		}
		left, right := c.Min.X+widest+vg.Points(50), c.Max.X-widest-vg.Points(50)
		low, high := math.Floor(d.Rows[0].Rank), math.Ceil(d.Rows[len(d.Rows)-1].Rank)
		if low == high {
			high = low + 1
		}
		at := func(rank float64) vg.Length { return left + vg.Length((rank-low)/(high-low))*(right-left) }
		axis := c.Max.Y - vg.Points(44)
		line := draw.LineStyle{Color: k.text, Width: vg.Points(0.8)}
		c.StrokeLine2(line, left, axis, right, axis)
		ticks := k.letters(8.5)
		ticks.XAlign, ticks.YAlign = draw.XCenter, draw.YBottom
		for _, tick := range roundTicks(8).Ticks(low, high) {
			c.StrokeLine2(line, at(tick.Value), axis, at(tick.Value), axis+vg.Points(4))
			c.FillText(ticks, vg.Point{X: at(tick.Value), Y: axis + vg.Points(5)}, tick.Label)
		}
		for i, stretch := range d.Together {
			y := axis - vg.Points(8)*vg.Length(i+1)
			bar := draw.LineStyle{Color: k.text, Width: vg.Points(3)}
			c.StrokeLine2(bar, at(d.Rows[stretch[0]].Rank)-vg.Points(2), y, at(d.Rows[stretch[1]].Rank)+vg.Points(2), y)
		}
		first := axis - vg.Points(8)*vg.Length(len(d.Together)+1) - vg.Points(8)
		for i, row := range d.Rows {
			d.name(c, k, row, i, half, at(row.Rank), axis, first, left, right)
		}
	})
}

// name draws a method's name, at the left of the better half and at the right
// of the others, and the line to its rank.
func (d Ranks) name(c draw.Canvas, k ink, row Ranked, i, half int, x, axis, first, left, right vg.Length) {
	style := k.letters(9)
	style.YAlign = draw.YCenter
	line := draw.LineStyle{Color: k.method(row.Method), Width: vg.Points(1)}
	place, end := i, left-vg.Points(8)
	label := fmt.Sprintf("%s  %.1f", escape.Line(row.Label), row.Rank)
	style.XAlign = draw.XRight
	if i >= half {
		place, end = len(d.Rows)-1-i, right+vg.Points(8)
		label = fmt.Sprintf("%.1f  %s", row.Rank, escape.Line(row.Label))
		style.XAlign = draw.XLeft
	}
	y := first - vg.Length(place)*vg.Centimeter*0.5
	c.StrokeLines(line, []vg.Point{{X: x, Y: axis}, {X: x, Y: y}, {X: end, Y: y}})
	c.DrawGlyph(
		draw.GlyphStyle{Color: line.Color, Radius: vg.Points(2.5), Shape: draw.CircleGlyph{}}, vg.Point{X: x, Y: axis},
	)
	offset := vg.Points(3)
	if i < half {
		offset = -offset
	}
	c.FillText(style, vg.Point{X: end + offset, Y: y}, label)
}

package figure

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/kontrast-ml/kontrast/internal/escape"
)

// legend names the lines of a figure, below each other at its right edge, in
// as many columns as its height asks for.
type legend struct {
	k       ink
	entries []legendEntry
}

type legendEntry struct {
	name string
	line draw.LineStyle
	dot  draw.GlyphStyle // on the line; without a shape for none
}

const (
	legendSample = vg.Length(22) // how long the piece of line is
	legendLine   = vg.Length(12)
)

func (l *legend) add(name string, line draw.LineStyle, dot draw.GlyphStyle) {
	l.entries = append(l.entries, legendEntry{escape.Line(name), line, dot})
}

// rows is how many entries a column has in a figure of which so much at the top is free.
func (l *legend) rows(c draw.Canvas, below vg.Length) int {
	return max(1, int((c.Size().Y-below-legendLine/2)/legendLine))
}

// column is the width of a column, with its distance from what is left of it.
func (l *legend) column() vg.Length {
	style, widest := l.k.letters(8.5), vg.Length(0)
	for _, e := range l.entries {
		widest = max(widest, style.Width(e.name))
	}
	return widest + legendSample + vg.Points(20)
}

// width is how much of a figure it takes, with its distance from what is left.
func (l *legend) width(c draw.Canvas, below vg.Length) vg.Length {
	rows := l.rows(c, below)
	return l.column() * vg.Length((len(l.entries)+rows-1)/rows)
}

// draw draws it at the right, below the top by that much.
func (l *legend) draw(c draw.Canvas, below vg.Length) {
	style := l.k.letters(8.5)
	style.YAlign = draw.YCenter
	rows, first := l.rows(c, below), c.Max.X-l.width(c, below)+vg.Points(12)
	for i, e := range l.entries {
		left, y := first+l.column()*vg.Length(i/rows), c.Max.Y-below-legendLine*vg.Length(i%rows+1)
		c.StrokeLine2(e.line, left, y, left+legendSample, y)
		if e.dot.Shape != nil {
			c.DrawGlyph(e.dot, vg.Point{X: left + legendSample/2, Y: y})
		}
		c.FillText(style, vg.Point{X: left + legendSample + vg.Points(5), Y: y}, e.name)
	}
}

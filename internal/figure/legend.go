package figure

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/kontrast-ml/kontrast/internal/escape"
)

// legend names the lines of a figure, below each other at its right edge.
type legend struct {
	k       ink
	entries []legendEntry
}

type legendEntry struct {
	name string
	line draw.LineStyle
}

const (
	legendSample = vg.Length(22) // how long the piece of line is
	legendLine   = vg.Length(12)
)

func (l *legend) add(name string, line draw.LineStyle) {
	l.entries = append(l.entries, legendEntry{escape.Line(name), line})
}

// width is how much of a figure it takes, with its distance from what is left.
func (l *legend) width() vg.Length {
	style, widest := l.k.letters(8.5), vg.Length(0)
	for _, e := range l.entries {
		widest = max(widest, style.Width(e.name))
	}
	return widest + legendSample + vg.Points(20)
}

// draw draws it at the right, below the top by that much.
func (l *legend) draw(c draw.Canvas, below vg.Length) {
	style := l.k.letters(8.5)
	style.YAlign = draw.YCenter
	left, y := c.Max.X-l.width()+vg.Points(12), c.Max.Y-below
	for _, e := range l.entries {
		y -= legendLine
		c.StrokeLine2(e.line, left, y, left+legendSample, y)
		c.FillText(style, vg.Point{X: left + legendSample + vg.Points(5), Y: y}, e.name)
	}
}

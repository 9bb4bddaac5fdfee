package figure

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/palette"
	"gonum.org/v1/plot/palette/moreland"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/kontrast-ml/kontrast/framework/data"
)

// Scale colors numbers by their size: from dark to light, or, if it diverges,
// from blue over light gray to red (Moreland 2009, "Diverging Color Maps for
// Scientific Visualization"). People with any color vision see the order.
type Scale struct {
	Low, High float64
	Diverging bool   // the middle between Low and High is gray
	Label     string // what the numbers are
}

func (s Scale) colors() palette.ColorMap {
	colors := palette.ColorMap(moreland.ExtendedKindlmann())
	if s.Diverging {
		colors = moreland.SmoothBlueRed()
	}
	colors.SetMin(0)
	colors.SetMax(1)
	return colors
}

// shade is the color of a number; those beyond the ends have the ends' colors.
func (s Scale) shade(colors palette.ColorMap, value float64) color.NRGBA {
	share := 0.5
	if s.High > s.Low && !math.IsNaN(value) {
		share = min(1, max(0, (value-s.Low)/(s.High-s.Low)))
	}
	if !s.Diverging { // the ends are as dark, and as light, as paper
		share = 0.12 + 0.7*share
	}
	found, err := colors.At(share)
	if err != nil { // which the bounds exclude
		return color.NRGBA{A: 255}
	}
	return color.NRGBAModel.Convert(found).(color.NRGBA)
}

// Image makes a picture of numbers, row by row, a pixel each.
func (s Scale) Image(values []float64, width int) data.Image {
	var picture data.Image
	picture.Reset(width, len(values)/width)
	colors := s.colors()
	for i, value := range values[:picture.Width*picture.Height] {
		shade := s.shade(colors, value)
		picture.Pix[3*i], picture.Pix[3*i+1], picture.Pix[3*i+2] = shade.R, shade.G, shade.B
	}
	return picture
}

// barRoom is the height that a scale's bar takes below a figure.
const barRoom = vg.Length(34)

// draw draws the bar at the bottom of the canvas, with the numbers at its ends.
func (s Scale) draw(c draw.Canvas, k ink) {
	const steps = 64
	width := min(vg.Points(160), c.Size().X-vg.Points(24))
	left, y := c.Center().X-width/2, c.Min.Y+vg.Points(18)
	colors := s.colors()
	for i := range steps {
		c.SetColor(s.shade(colors, s.Low+(s.High-s.Low)*(float64(i)+0.5)/steps))
		from := left + width*vg.Length(i)/steps
		c.Fill(vg.Rectangle{
			Min: vg.Point{X: from, Y: y}, Max: vg.Point{X: from + width/steps + vg.Points(0.3), Y: y + vg.Points(7)},
		}.Path())
	}
	small := k.letters(8)
	small.YAlign = draw.YTop
	for _, end := range []struct {
		at    vg.Length
		align draw.XAlignment
		text  string
	}{
		{left, draw.XLeft, short(s.Low)}, {left + width, draw.XRight, short(s.High)}, {left + width/2, draw.XCenter, s.Label},
	} {
		small.XAlign = end.align
		c.FillText(small, vg.Point{X: end.at, Y: y - vg.Points(2)}, firstOf(end.text))
	}
}

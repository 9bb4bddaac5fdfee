package figure

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/kontrast-ml/kontrast/internal/escape"
)

// Bar is a difference with its interval.
type Bar struct {
	Label     string
	Value     float64
	HalfWidth float64 // of the interval; NaN where there is none
}

// Bars are differences below each other, such as those of two ways to classify
// on many data sets (Radford et al. 2021, arXiv:2103.00020, figure 5).
type Bars struct {
	Title string
	Axis  string // what the numbers are, with their unit, and what their sign says
	Bars  []Bar
}

// Differences draws the bars, the largest on top: blue to the right of zero,
// orange to the left.
func Differences(b Bars, o Options) (*Figure, error) {
	if len(b.Bars) == 0 {
		return nil, errNothing
	}
	slices.SortStableFunc(b.Bars, func(x, y Bar) int {
		switch {
		case x.Value > y.Value:
			return -1
		case x.Value < y.Value:
			return 1
		}
		return 0
	})
	return newFigure(o, b.Title, 16, 2.6+0.66*float64(len(b.Bars)), func(c draw.Canvas, k ink) {
		p := k.axes(firstOf(o.Title, b.Title))
		p.X.Label.Text = b.Axis
		names := make([]string, len(b.Bars))
		for i, bar := range b.Bars {
			names[i] = escape.Line(bar.Label)
		}
		k.drawRows(c, p, names, &bars{b, k}, 9, 14)
	})
}

// bars is the plotter of Bars.
type bars struct {
	Bars
	k ink
}

func (d *bars) DataRange() (xmin, xmax, ymin, ymax float64) {
	for _, bar := range d.Bars.Bars {
		half := bar.HalfWidth
		if math.IsNaN(half) || half > 2*math.Abs(bar.Value) { // a wide interval must not make the bars small
			half = 0
		}
		xmin, xmax = min(xmin, bar.Value-half), max(xmax, bar.Value+half)
	}
	reach := max(xmax, -xmin, 1e-9)
	return min(xmin, 0) - 0.16*reach, max(xmax, 0) + 0.2*reach, 0, float64(len(d.Bars.Bars) - 1)
}

// Plot draws the bars with their numbers.
func (d *bars) Plot(c draw.Canvas, p *plot.Plot) {
	toX, toY := p.Transforms(&c)
	small := d.k.letters(8)
	small.YAlign = draw.YCenter
	small.XAlign = draw.XRight
	zero, side := toX(0), vg.Points(5.5)
	last := c.Max.X - small.Width("+100.0") - vg.Points(4) // beyond it stand the numbers
	for i, bar := range d.Bars.Bars {
		at, y := toX(bar.Value), toY(float64(len(d.Bars.Bars)-1-i))
		ink := d.k.positive
		if bar.Value < 0 {
			ink = d.k.negative
		}
		c.SetColor(faint(ink, 170))
		c.Fill(
			vg.Rectangle{Min: vg.Point{X: min(zero, at), Y: y - side}, Max: vg.Point{X: max(zero, at), Y: y + side}}.Path(),
		)
		if !math.IsNaN(bar.HalfWidth) {
			from, to := max(c.Min.X, toX(bar.Value-bar.HalfWidth)), min(last, toX(bar.Value+bar.HalfWidth))
			c.StrokeLine2(draw.LineStyle{Color: d.k.text, Width: vg.Points(1)}, from, y, to, y)
		}
		c.FillText(small, vg.Point{X: c.Max.X, Y: y}, fmt.Sprintf("%+.1f", bar.Value))
	}
	c.StrokeLine2(draw.LineStyle{Color: d.k.text, Width: vg.Points(0.8)}, zero, c.Min.Y, zero, c.Max.Y)
}

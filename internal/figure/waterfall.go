package figure

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/kontrast-ml/kontrast/internal/escape"
)

// Waterfall is how the steps from one value to another add up.
type Waterfall struct {
	Title         string
	Axis          string // what the numbers are, with their unit
	First, Second string // labels of the two values
	From, To      float64
	Steps         []WaterfallStep
}

// WaterfallStep is one of the steps.
type WaterfallStep struct {
	Label, Detail string  // Detail is a second line of the label; may be empty
	Value         float64 // what it adds
	HalfWidth     float64 // of its interval; NaN where there is none
	Hollow        bool    // drawn without filling: it may be nothing
}

// longestDetail bounds the second line of a label, in characters.
const longestDetail = 46

// Falls draws the steps below each other, from the first value down to the second.
func Falls(w Waterfall, o Options) (*Figure, error) {
	if len(w.Steps) == 0 {
		return nil, errNothing
	}
	rows := len(w.Steps) + 2
	return newFigure(o, w.Title, 18, 2.6+0.95*float64(rows), func(c draw.Canvas, k ink) {
		p := k.axes(firstOf(o.Title, w.Title))
		p.X.Label.Text = w.Axis
		names := []string{escape.Line(w.First)}
		for _, step := range w.Steps {
			name := escape.Line(step.Label)
			if step.Detail != "" {
				name += "\n" + shortened(escape.Line(step.Detail), longestDetail)
			}
			names = append(names, name)
		}
		k.drawRows(c, p, append(names, escape.Line(w.Second)), &falls{w, k}, 8, 12)
	})
}

func shortened(text string, most int) string {
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return string(runes[:most-1]) + "…"
}

// falls is the plotter of a Waterfall.
type falls struct {
	Waterfall
	k ink
}

// DataRange covers all values on the way, and of intervals what is within the
// range of the values on either side.
func (d *falls) DataRange() (xmin, xmax, ymin, ymax float64) {
	xmin, xmax = min(d.From, d.To), max(d.From, d.To)
	at := d.From
	for _, step := range d.Steps {
		at += step.Value
		xmin, xmax = min(xmin, at), max(xmax, at)
	}
	reach := max(xmax-xmin, 1e-6)
	least, most := xmin-reach, xmax+reach
	at = d.From
	for _, step := range d.Steps {
		at += step.Value
		if !math.IsNaN(step.HalfWidth) {
			xmin, xmax = min(xmin, max(least, at-step.HalfWidth)), max(xmax, min(most, at+step.HalfWidth))
		}
	}
	margin := 0.08 * max(xmax-xmin, 1e-6) // the numbers stand there
	return xmin - margin, xmax + 2*margin, 0, float64(len(d.Steps) + 1)
}

// Plot draws the bars, their intervals, and what joins them.
func (d *falls) Plot(c draw.Canvas, p *plot.Plot) {
	toX, toY := p.Transforms(&c)
	half := vg.Points(6.5)
	joint := draw.LineStyle{Color: d.k.undecided, Width: vg.Points(0.5), Dashes: []vg.Length{vg.Points(2), vg.Points(2)}}
	row := float64(len(d.Steps) + 1)
	end := func(value float64, row float64) {
		y := toY(row)
		c.StrokeLine2(draw.LineStyle{Color: d.k.text, Width: vg.Points(2.4)}, toX(value), y-half, toX(value), y+half)
		d.number(c, toX(value)+vg.Points(4), y, fmt.Sprintf("%.2f", value))
	}
	end(d.From, row)
	at := d.From
	for _, step := range d.Steps {
		c.StrokeLine2(joint, toX(at), toY(row)-half, toX(at), toY(row-1)+half)
		row--
		d.step(c, toX(at), toX(at+step.Value), toX(at+step.Value-step.HalfWidth), toX(at+step.Value+step.HalfWidth),
			toY(row), half, step)
		at += step.Value
	}
	c.StrokeLine2(joint, toX(at), toY(row)-half, toX(at), toY(0)+half)
	end(d.To, 0)
}

// step draws the bar of a step with its interval and its number.
func (d *falls) step(c draw.Canvas, from, to, low, high, y, half vg.Length, step WaterfallStep) {
	color := d.k.positive
	if step.Value < 0 {
		color = d.k.negative
	}
	bar := []vg.Point{{X: from, Y: y - half}, {X: to, Y: y - half}, {X: to, Y: y + half}, {X: from, Y: y + half}}
	if !step.Hollow {
		c.FillPolygon(color, bar)
	}
	c.StrokeLines(draw.LineStyle{Color: color, Width: vg.Points(1.2)}, append(bar, bar[0]))
	right := max(from, to)
	if !math.IsNaN(step.HalfWidth) {
		(&intervals{k: d.k}).bar(c, low, high, y, draw.LineStyle{Color: d.k.text, Width: vg.Points(0.9)})
		right = max(right, min(high, c.Max.X))
	}
	d.number(c, right+vg.Points(4), y, fmt.Sprintf("%+.2f", step.Value))
}

// number writes a number to the right of a place, or to its left where the figure ends.
func (d *falls) number(c draw.Canvas, x, y vg.Length, text string) {
	style := d.k.letters(8)
	style.YAlign = draw.YCenter
	if x+style.Width(text) > c.Max.X {
		x = c.Max.X - style.Width(text)
		y += vg.Points(10)
	}
	c.FillText(style, vg.Point{X: x, Y: y}, text)
}

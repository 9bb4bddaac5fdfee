package figure

import (
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/kontrast-ml/kontrast/internal/escape"
)

// Spending is what the runs of a method cost and scored, as means over them.
type Spending struct {
	Label, Method string
	Seconds       float64 // of the clock, for a run
	Images        float64 // seen in training, a run
	Score         float64
	HalfWidth     float64 // of the score's interval; NaN where there is none
}

// Cost draws scores against seconds and against images seen; axis says what the scores are.
func Cost(spent []Spending, axis string, o Options) (*Figure, error) {
	if len(spent) == 0 {
		return nil, errNothing
	}
	title := "What the scores cost"
	return newFigure(o, title, 20, 10, func(c draw.Canvas, k ink) {
		heading := k.letters(11)
		heading.XAlign, heading.YAlign = draw.XCenter, draw.YTop
		c.FillText(heading, vg.Point{X: c.Center().X, Y: c.Max.Y - vg.Points(6)}, firstOf(o.Title, title))
		body := draw.Crop(c, vg.Points(4), -vg.Points(10), vg.Points(4), -vg.Points(26))
		panels := []struct {
			label string
			x     func(Spending) float64
		}{
			{"seconds of a run", func(s Spending) float64 { return s.Seconds }},
			{"images seen by a run", func(s Spending) float64 { return s.Images }},
		}
		half := body.Size().X / 2
		for i, panel := range panels {
			p := k.axes("")
			p.X.Label.Text, p.Y.Label.Text = panel.label, axis
			p.Add(k.grid(true, true), &spendings{spent, panel.x, k})
			if p.X.Min == p.X.Max {
				p.X.Min, p.X.Max = p.X.Min*0.9, max(p.X.Max*1.1, 1)
			}
			p.X.Tick.Marker = roundTicks(5)
			p.Draw(draw.Crop(body, half*vg.Length(i)+vg.Points(3), -half*vg.Length(1-i)-vg.Points(3), 0, 0))
		}
	})
}

// spendings is the plotter of a panel of Cost.
type spendings struct {
	spent []Spending
	x     func(Spending) float64
	k     ink
}

func (d *spendings) DataRange() (xmin, xmax, ymin, ymax float64) {
	xmin, ymin, xmax, ymax = math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, s := range d.spent {
		xmin, xmax = min(xmin, d.x(s)), max(xmax, d.x(s))
		ymin, ymax = min(ymin, s.Score), max(ymax, s.Score)
	}
	margin := 0.06 * max(ymax-ymin, 1e-6)
	return xmin, xmax + 0.12*(xmax-xmin), ymin - margin, ymax + margin
}

// Plot draws the dots, and names each where there is room.
func (d *spendings) Plot(c draw.Canvas, p *plot.Plot) {
	toX, toY := p.Transforms(&c)
	style := d.k.letters(7.5)
	style.YAlign = draw.YCenter
	var taken []vg.Rectangle
	order := slices.Clone(d.spent)
	slices.SortStableFunc(order, func(a, b Spending) int {
		switch {
		case a.Score > b.Score:
			return -1
		case a.Score < b.Score:
			return 1
		}
		return 0
	})
	for _, s := range order {
		at := vg.Point{X: toX(d.x(s)), Y: toY(s.Score)}
		taken = append(taken, around(at, vg.Points(3)))
	}
	for _, s := range order {
		at := vg.Point{X: toX(d.x(s)), Y: toY(s.Score)}
		c.DrawGlyph(
			draw.GlyphStyle{Color: d.k.method(s.Method), Radius: vg.Points(3), Shape: glyph(StyleOf(s.Method).Shape)}, at,
		)
		label := escape.Line(s.Label)
		width, height := style.Width(label), style.Height(label)
		if at.X+vg.Points(5)+width > c.Max.X {
			at.X -= width + vg.Points(10)
		}
		box := vg.Rectangle{Min: vg.Point{X: at.X + vg.Points(5), Y: at.Y - height/2},
			Max: vg.Point{X: at.X + vg.Points(5) + width, Y: at.Y + height/2}}
		if slices.ContainsFunc(taken, func(r vg.Rectangle) bool { return overlap(r, box) }) {
			continue
		}
		taken = append(taken, box)
		c.FillText(style, box.Min.Add(vg.Point{Y: height / 2}), label)
	}
}

func around(at vg.Point, radius vg.Length) vg.Rectangle {
	return vg.Rectangle{
		Min: vg.Point{X: at.X - radius, Y: at.Y - radius}, Max: vg.Point{X: at.X + radius, Y: at.Y + radius},
	}
}

func overlap(a, b vg.Rectangle) bool {
	return a.Min.X < b.Max.X && b.Min.X < a.Max.X && a.Min.Y < b.Max.Y && b.Min.Y < a.Max.Y
}

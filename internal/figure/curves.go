package figure

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/kontrast-ml/kontrast/internal/escape"
	"github.com/kontrast-ml/kontrast/internal/report"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// Curves draws learning curves of one metric: a line a method and backbone,
// the mean over its runs, in a band from the lowest to the highest of them.
// Values that are not finite, or beyond ±1e300, are left out. It is an error if
// no value is left.
func Curves(curves []store.Curve, o Options) (*Figure, error) {
	for _, c := range curves {
		if len(c.Steps) != len(c.Values) {
			return nil, fmt.Errorf("the curve of run %s has %d steps and %d values; there must be a value for each step",
				c.Name, len(c.Steps), len(c.Values))
		}
	}
	bands := bandsOf(curves, o.LogY)
	if len(bands) == 0 {
		return nil, fmt.Errorf("no values to draw: check the name of the metric and the selection of runs")
	}
	return drawBands(o, curves[0].Metric+" during training", "training step", curves[0].Metric, bands)
}

// drawBands draws lines in bands, with a legend: the more lines, the higher.
func drawBands(o Options, title, x, y string, bands []band) (*Figure, error) {
	height := min(max(10, 1.3+0.43*float64(len(bands))), 20)
	return newFigure(o, title, 18, height, func(c draw.Canvas, k ink) {
		p := k.axes(o.Title)
		p.X.Label.Text, p.Y.Label.Text = x, escape.Line(y)
		if o.LogY {
			p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: -1}
		}
		p.Add(k.grid(false, true))
		legend := &legend{k: k}
		for _, b := range bands {
			b.draw(p, k, legend)
		}
		if o.LogY && p.Y.Min == p.Y.Max { // which a logarithmic axis can't widen
			p.Y.Min, p.Y.Max = p.Y.Min/2, p.Y.Max*2
		}
		p.Draw(draw.Crop(c, vg.Points(4), -legend.width(c, vg.Points(24)), vg.Points(4), -vg.Points(6)))
		legend.draw(c, vg.Points(24))
	})
}

// band is the mean of several curves and their lowest and highest values.
type band struct {
	method, label   string
	mean, low, high plotter.XYs
	runs            int
}

// largest is the size of values up to which an axis can be laid out.
const largest = 1e300

// points is how many steps of a curve are drawn at most; between them its
// lowest and highest values are kept.
const points = 400

// bandsOf gathers the curves by method and backbone, ordered by label.
func bandsOf(curves []store.Curve, positiveOnly bool) []band {
	values := map[string]map[int64][]float64{} // by label and step
	runs, method := map[string]int{}, map[string]string{}
	several := slices.ContainsFunc(curves, func(c store.Curve) bool { return c.Backbone != curves[0].Backbone })
	for _, c := range curves {
		label := c.Method
		if several {
			label += ", " + c.Backbone
		}
		if values[label] == nil {
			values[label], method[label] = map[int64][]float64{}, c.Method
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
		b := band{method: method[label], label: label, runs: runs[label]}
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

// thinned keeps the steps that a reader can tell apart.
func (b band) thinned() band {
	if len(b.mean) <= points {
		return b
	}
	kept := report.Thin(len(b.mean), points, func(i int) float64 { return b.mean[i].Y })
	pick := func(from plotter.XYs) (to plotter.XYs) {
		for _, i := range kept {
			to = append(to, from[i])
		}
		return to
	}
	b.mean, b.low, b.high = pick(b.mean), pick(b.low), pick(b.high)
	return b
}

// draw adds the band to the plot and its name to the legend.
func (b band) draw(p *plot.Plot, k ink, legend *legend) {
	b = b.thinned()
	if b.runs > 1 {
		outline := slices.Clone(b.high)
		slices.Reverse(outline)
		area := &plotter.Polygon{XYs: []plotter.XYs{slices.Concat(b.low, outline)}, Color: faint(k.method(b.method), 40)}
		p.Add(area)
	}
	p.Add(&plotter.Line{XYs: b.mean, LineStyle: k.methodLine(b.method)})
	name := b.label
	if b.runs > 1 {
		name += fmt.Sprintf(" (%d)", b.runs)
	}
	legend.add(name, k.methodLine(b.method), draw.GlyphStyle{})
}

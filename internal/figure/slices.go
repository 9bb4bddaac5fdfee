package figure

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/kontrast-ml/kontrast/internal/escape"
)

// Slice is scores against one setting.
type Slice struct {
	Name   string
	Points []SlicePoint
}

// SlicePoint is the score of a run with a value of the setting: an int64, a
// float64 or a string.
type SlicePoint struct {
	Method string
	Value  any
	Score  float64
}

// Slices draws scores against settings, a panel each: a dot for each run, and
// for each method a line through its means. Numbers that span a factor of 30 or
// more stand on a logarithmic axis, texts in their order.
func Slices(all []Slice, axis string, o Options) (*Figure, error) {
	if len(all) == 0 {
		return nil, errNothing
	}
	columns := min(3, len(all))
	rows := (len(all) + columns - 1) / columns
	title := "Scores by setting"
	return newFigure(o, title, 7.5*float64(columns)+3, 6.5*float64(rows)+1, func(c draw.Canvas, k ink) {
		heading := k.letters(11)
		heading.XAlign, heading.YAlign = draw.XCenter, draw.YTop
		c.FillText(heading, vg.Point{X: c.Center().X, Y: c.Max.Y - vg.Points(6)}, firstOf(o.Title, title))
		legend := k.methodLegend(all)
		legend.draw(c, vg.Points(26))
		body := draw.Crop(c, vg.Points(4), -legend.width(c, vg.Points(26)), vg.Points(4), -vg.Points(26))
		tiles := draw.Tiles{Cols: columns, Rows: rows, PadX: vg.Points(8), PadY: vg.Points(8)}
		for i, slice := range all {
			slice.draw(tiles.At(body, i%columns, i/columns), axis, k)
		}
	})
}

func (k ink) methodLegend(all []Slice) *legend {
	legend := &legend{k: k}
	names := map[string]bool{}
	for _, slice := range all {
		for _, point := range slice.Points {
			names[point.Method] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		legend.add(name, k.methodLine(name), k.methodDot(name))
	}
	return legend
}

func (k ink) methodLine(name string) draw.LineStyle {
	return draw.LineStyle{Color: k.method(name), Width: vg.Points(1.2), Dashes: dashes(StyleOf(name).Shape)}
}

func (k ink) methodDot(name string) draw.GlyphStyle {
	return draw.GlyphStyle{Color: k.method(name), Radius: vg.Points(2.4), Shape: glyph(StyleOf(name).Shape)}
}

func (s Slice) draw(c draw.Canvas, axis string, k ink) {
	p := k.axes("")
	p.X.Label.Text, p.Y.Label.Text = escape.Line(s.Name), axis
	p.Add(k.grid(true, true))
	at := s.places(p)
	methods := map[string]map[float64][]float64{}
	for _, point := range s.Points {
		if methods[point.Method] == nil {
			methods[point.Method] = map[float64][]float64{}
		}
		x := at(point.Value)
		methods[point.Method][x] = append(methods[point.Method][x], point.Score)
	}
	for _, name := range slices.Sorted(maps.Keys(methods)) {
		var means, dots plotter.XYs
		for _, x := range slices.Sorted(maps.Keys(methods[name])) {
			sum := 0.0
			for _, y := range methods[name][x] {
				sum += y
				dots = append(dots, plotter.XY{X: x, Y: y})
			}
			means = append(means, plotter.XY{X: x, Y: sum / float64(len(methods[name][x]))})
		}
		p.Add(&plotter.Line{XYs: means, LineStyle: k.methodLine(name)},
			&plotter.Scatter{XYs: dots, GlyphStyle: k.methodDot(name)})
	}
	p.Draw(c)
}

// places lays out the axis of the setting, and returns where a value stands on it.
func (s Slice) places(p *plot.Plot) func(value any) float64 {
	low, high := math.Inf(1), math.Inf(-1)
	numbers := map[float64]bool{}
	for _, point := range s.Points {
		x, ok := asNumber(point.Value)
		if !ok {
			return s.nominal(p)
		}
		numbers[x] = true
		low, high = min(low, x), max(high, x)
	}
	if low > 0 && high/low >= 30 {
		p.X.Scale = plot.LogScale{}
	}
	p.X.Tick.Marker = valueTicks(slices.Sorted(maps.Keys(numbers)))
	return func(value any) float64 { x, _ := asNumber(value); return x }
}

func (s Slice) nominal(p *plot.Plot) func(value any) float64 {
	var names []string
	for _, point := range s.Points {
		if name := fmt.Sprint(point.Value); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, cmp.Compare[string])
	shown := make([]string, len(names))
	for i, name := range names {
		shown[i] = escape.Line(name)
	}
	p.NominalX(shown...)
	return func(value any) float64 { return float64(slices.Index(names, fmt.Sprint(value))) }
}

func asNumber(value any) (float64, bool) {
	switch value := value.(type) {
	case int64:
		return float64(value), true
	case float64:
		return value, true
	}
	return 0, false
}

// fewValues is up to how many values of a setting have a tick each.
const fewValues = 8

// valueTicks are ticks at the values that occur, or, where they are many, at
// round ones.
func valueTicks(values []float64) plot.Ticker {
	if len(values) > fewValues {
		return roundTicks(5)
	}
	var ticks []plot.Tick
	for _, v := range values {
		ticks = append(ticks, plot.Tick{Value: v, Label: short(v)})
	}
	return plot.ConstantTicks(ticks)
}

package figure

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/kontrast-ml/kontrast/internal/escape"
)

// ParallelRun is a run with its settings and its score.
type ParallelRun struct {
	Method string
	Values []any // by setting: an int64, a float64, a text, or nil where the method has none
	Score  float64
}

// Parallel draws runs as lines across an axis for each setting and, at the
// right, one for the score (parallel coordinates, Inselberg 1985). Numbers that
// span a factor of 30 or more stand on a logarithmic axis, texts in their order.
// Lines through the same of a few values lie beside each other there, by method and score;
// a dot at the score has the method's shape.
func Parallel(settings []string, runs []ParallelRun, axis string, o Options) (*Figure, error) {
	if len(settings) == 0 || len(runs) == 0 {
		return nil, errNothing
	}
	var axes []parallelAxis
	for j, name := range settings {
		var values []any
		for _, run := range runs {
			values = append(values, run.Values[j])
		}
		axes = append(axes, newParallelAxis(name, values))
	}
	var scores []any
	for _, run := range runs {
		scores = append(scores, run.Score)
	}
	axes = append(axes, newParallelAxis(axis, scores))
	axes[len(axes)-1].few = nil // no score is a choice
	sorted := slices.SortedStableFunc(slices.Values(runs), func(a, b ParallelRun) int {
		return cmp.Or(cmp.Compare(a.Method, b.Method), cmp.Compare(a.Score, b.Score))
	})
	title := "Settings and scores of runs"
	return newFigure(o, title, 5+3.6*float64(len(axes)), 11, func(c draw.Canvas, k ink) {
		heading := k.letters(11)
		heading.XAlign, heading.YAlign = draw.XCenter, draw.YTop
		c.FillText(heading, vg.Point{X: c.Center().X, Y: c.Max.Y - vg.Points(6)}, firstOf(o.Title, title))
		var named []Slice
		for _, run := range runs {
			named = append(named, Slice{Points: []SlicePoint{{Method: run.Method}}})
		}
		legend := k.methodLegend(named)
		legend.draw(c, vg.Points(26))
		body := draw.Crop(c, vg.Points(40), -legend.width(c, vg.Points(26))-vg.Points(30), vg.Points(16), -vg.Points(52))
		at := func(j int) vg.Length { return body.Min.X + body.Size().X*vg.Length(j)/vg.Length(len(axes)-1) }
		for i, run := range sorted {
			run.draw(body, axes, at, (float64(i)+0.5)/float64(len(sorted)), k)
		}
		for j, axis := range axes {
			axis.draw(body, at(j), k)
		}
	})
}

// draw draws the line of a run, which is so far through all runs, from 0 to 1.
func (r ParallelRun) draw(c draw.Canvas, axes []parallelAxis, at func(int) vg.Length, through float64, k ink) {
	style := k.methodLine(r.Method)
	style.Color = faint(k.method(r.Method), 170)
	var line []vg.Point
	for j, axis := range axes {
		value := any(r.Score)
		if j < len(r.Values) {
			value = r.Values[j]
		}
		if value == nil { // the line has a gap
			c.StrokeLines(style, line)
			line = nil
			continue
		}
		place := axis.place(value) + (through-0.5)*axis.bundle()
		line = append(line, vg.Point{X: at(j), Y: c.Min.Y + vg.Length(place)*c.Size().Y})
	}
	c.StrokeLines(style, line)
	c.DrawGlyph(k.methodDot(r.Method), line[len(line)-1])
}

// parallelAxis places the values of a setting from 0 to 1.
type parallelAxis struct {
	name      string
	names     []string  // of values that are no numbers; nil if all are
	few       []float64 // the numbers that occur; nil if they are many
	low, high float64
	log       bool
}

// bundle is how much of the axis the lines through one of a few values take.
func (a parallelAxis) bundle() float64 {
	if n := len(a.names) + len(a.few); n > 0 {
		return min(0.3/float64(n), 0.1)
	}
	return 0
}

func newParallelAxis(name string, values []any) parallelAxis {
	a := parallelAxis{name: name, low: math.Inf(1), high: math.Inf(-1)}
	for _, value := range values {
		if value == nil {
			continue
		}
		x, isNumber := asNumber(value)
		if !isNumber {
			a.names = textsOf(values)
			break
		}
		a.low, a.high = min(a.low, x), max(a.high, x)
	}
	a.log = a.low > 0 && a.high/a.low >= 30
	if a.names == nil {
		numbers := map[float64]bool{}
		for _, value := range values {
			if x, isNumber := asNumber(value); isNumber {
				numbers[x] = true
			}
		}
		if len(numbers) <= fewValues {
			a.few = slices.Sorted(maps.Keys(numbers))
		}
	}
	return a
}

func textsOf(values []any) []string {
	var names []string
	for _, value := range values {
		if name := fmt.Sprint(value); value != nil && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, cmp.Compare[string])
	return names
}

func (a parallelAxis) place(value any) float64 {
	if a.names != nil {
		return (float64(slices.Index(a.names, fmt.Sprint(value))) + 0.5) / float64(len(a.names))
	}
	x, _ := asNumber(value)
	margin := a.bundle() / 2
	share := (x - a.low) / (a.high - a.low)
	switch {
	case a.high <= a.low:
		return 0.5
	case a.log:
		share = math.Log(x/a.low) / math.Log(a.high/a.low)
	}
	return margin + (1-2*margin)*share
}

// draw draws the axis with its name above, and its values beside it.
func (a parallelAxis) draw(c draw.Canvas, x vg.Length, k ink) {
	c.StrokeLine2(draw.LineStyle{Color: k.text, Width: vg.Points(0.8)}, x, c.Min.Y, x, c.Max.Y)
	title, small := k.letters(8.5), k.letters(8)
	title.XAlign = draw.XCenter
	c.FillText(title, vg.Point{X: x, Y: c.Max.Y + vg.Points(6)}, escape.Line(a.name))
	small.XAlign, small.YAlign = draw.XRight, draw.YCenter
	label := func(value any, text string) {
		y := c.Min.Y + vg.Length(a.place(value))*c.Size().Y
		c.StrokeLine2(draw.LineStyle{Color: k.text, Width: vg.Points(0.8)}, x-vg.Points(3), y, x, y)
		at, width := vg.Point{X: x - vg.Points(5), Y: y}, small.Width(escape.Line(text))+vg.Points(2)
		c.SetColor(faint(k.paper, 215))
		c.Fill(vg.Rectangle{
			Min: vg.Point{X: at.X - width, Y: y - vg.Points(4.5)}, Max: vg.Point{X: at.X + vg.Points(1), Y: y + vg.Points(4.5)},
		}.Path())
		c.FillText(small, at, escape.Line(text))
	}
	for _, name := range a.names {
		label(name, name)
	}
	if a.names != nil {
		return
	}
	if a.few != nil {
		for _, value := range a.few {
			label(value, short(value))
		}
		return
	}
	middle := (a.low + a.high) / 2
	if a.log {
		middle = math.Sqrt(a.low * a.high)
	}
	for _, value := range slices.Compact([]float64{a.low, middle, a.high}) {
		label(value, short(value))
	}
}

package figure

import (
	"slices"
	"strings"

	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/kontrast-ml/kontrast/internal/escape"
)

// Relative is a method of a family.
type Relative struct {
	Name   string
	Year   string   // of its paper; may be empty
	From   []string // the methods that it builds on, the nearest first
	Change string   // what it changed of them
}

// The measures of a family, in centimeters.
const (
	familyRow    = 0.86 // height of a method
	familyLayer  = 0.95 // width of a layer
	familyNames  = 2.5  // width of the names
	familyYears  = 1.1
	familyWords  = 15.5 // width of what they changed
	familyMargin = 0.7
)

// Family draws which method builds on which: a row a method, below the nearest
// of those that it builds on, and in a layer to the right of all of them. A solid line comes from
// the nearest one, dashed lines from the others.
func Family(all []Relative, o Options) (*Figure, error) {
	if len(all) == 0 {
		return nil, errNothing
	}
	f := arrange(all)
	title := "Which method builds on which"
	width := 2*familyMargin + familyLayer*float64(f.layers) + familyNames + familyYears + familyWords
	height := 2*familyMargin + 1 + familyRow*float64(len(f.rows))
	drawn, err := newFigure(
		o, title, width, height, func(c draw.Canvas, k ink) { f.paint(c, k, firstOf(o.Title, title), width, height) },
	)
	if err != nil {
		return nil, err
	}
	return drawn.Describe("a row a method: its name, the year of its paper and what it changed; a solid line comes from " +
		"the method that it is nearest to, " +
		"dashed lines from others that it builds on"), nil
}

// family are methods with their places.
type family struct {
	rows   []Relative // from top to bottom
	layer  map[string]int
	layers int
}

func (f *family) row(name string) int {
	return slices.IndexFunc(f.rows, func(r Relative) bool { return r.Name == name })
}

// arrange puts methods below the nearest one that they build on, and gives each
// the layer that is one more than the largest of those that it builds on. Names
// that are not among the methods, and circles, count for nothing.
func arrange(all []Relative) *family {
	f := &family{layer: map[string]int{}}
	known := map[string]bool{}
	for _, r := range all {
		known[r.Name] = true
	}
	parents := map[string][]string{}
	for _, r := range all {
		for _, from := range r.From {
			if known[from] && from != r.Name {
				parents[r.Name] = append(parents[r.Name], from)
			}
		}
	}
	placed := map[string]bool{}
	var place func(r Relative)
	place = func(r Relative) {
		if placed[r.Name] {
			return
		}
		placed[r.Name] = true
		r.From = parents[r.Name]
		f.rows = append(f.rows, r)
		for _, child := range all {
			if of := parents[child.Name]; len(of) > 0 && of[0] == r.Name {
				place(child)
			}
		}
	}
	for _, r := range all {
		if len(parents[r.Name]) == 0 {
			place(r)
		}
	}
	for _, r := range all { // of a circle
		place(r)
	}
	for range all { // layers only grow, and no line is longer than that
		for _, r := range f.rows {
			for _, from := range r.From {
				if next := f.layer[from] + 1; next > f.layer[r.Name] && next < len(all) {
					f.layer[r.Name] = next
				}
			}
		}
	}
	for _, r := range f.rows {
		f.layers = max(f.layers, f.layer[r.Name]+1)
	}
	return f
}

func (f *family) paint(c draw.Canvas, k ink, title string, width, height float64) {
	unit := min((c.Max.X-c.Min.X)/vg.Length(width), (c.Max.Y-c.Min.Y)/vg.Length(height)) // a centimeter of the usual size
	scale := float64(unit / vg.Centimeter)
	place := func(r Relative) vg.Point {
		return vg.Point{
			X: c.Min.X + unit*vg.Length(familyMargin+familyLayer*(float64(f.layer[r.Name])+0.5)),
			Y: c.Max.Y - unit*vg.Length(familyMargin+1+familyRow*(float64(f.row(r.Name))+0.5)),
		}
	}
	heading := k.letters(11 * scale)
	heading.YAlign = draw.YTop
	c.FillText(heading, vg.Point{X: c.Min.X + unit*familyMargin, Y: c.Max.Y - unit*familyMargin/2}, title)
	for _, r := range f.rows {
		for i, from := range r.From {
			parent := f.rows[f.row(from)]
			style := draw.LineStyle{Color: k.method(from), Width: vg.Points(1.3 * scale)}
			if i == 0 && f.row(from) < f.row(r.Name) {
				elbow(c, place(parent), place(r), unit*0.3, style)
				continue
			}
			style.Width, style.Color = vg.Points(0.8*scale), faint(k.method(from), 190)
			style.Dashes = []vg.Length{vg.Points(3 * scale), vg.Points(2 * scale)}
			swing(c, place(parent), place(r), style)
		}
	}
	left := c.Min.X + unit*vg.Length(familyMargin+familyLayer*float64(f.layers))
	name, year, words := k.letters(9.5*scale), k.letters(8*scale), k.letters(8*scale)
	name.Font.Weight = xfont.WeightBold
	for _, style := range []*draw.TextStyle{&name, &year, &words} {
		style.YAlign = draw.YCenter
	}
	year.Color = k.baseline
	for _, r := range f.rows {
		at := place(r)
		c.StrokeLine2(draw.LineStyle{Color: k.rules, Width: vg.Points(0.5)}, at.X, at.Y, left-unit*0.15, at.Y)
		c.DrawGlyph(draw.GlyphStyle{Color: k.paper, Radius: vg.Points(5 * scale), Shape: draw.CircleGlyph{}}, at)
		c.DrawGlyph(
			draw.GlyphStyle{Color: k.method(r.Name), Radius: vg.Points(4 * scale), Shape: glyph(StyleOf(r.Name).Shape)}, at,
		)
		c.FillText(name, vg.Point{X: left, Y: at.Y}, escape.Line(r.Name))
		c.FillText(year, vg.Point{X: left + unit*familyNames, Y: at.Y}, escape.Line(r.Year))
		wrapped := wrap(words, escape.Line(r.Change), unit*familyWords)
		for i, line := range wrapped {
			y := at.Y + unit*0.36*vg.Length(float64(len(wrapped)-1)/2-float64(i))
			c.FillText(words, vg.Point{X: left + unit*(familyNames+familyYears), Y: y}, line)
		}
	}
}

// elbow goes down from a method and then right to the one below.
func elbow(c draw.Canvas, from, to vg.Point, round vg.Length, style draw.LineStyle) {
	var path vg.Path
	path.Move(from)
	path.Line(vg.Point{X: from.X, Y: to.Y + round})
	path.QuadTo(vg.Point{X: from.X, Y: to.Y}, vg.Point{X: from.X + round, Y: to.Y})
	path.Line(to)
	c.SetLineStyle(style)
	c.Stroke(path)
}

// swing goes from a method to one of a layer further right, above or below.
func swing(c draw.Canvas, from, to vg.Point, style draw.LineStyle) {
	reach := max((to.X-from.X)/2, (to.X-from.X)*0.8)
	var path vg.Path
	path.Move(from)
	path.CubeTo(vg.Point{X: from.X + reach, Y: from.Y}, vg.Point{X: to.X - reach, Y: to.Y}, to)
	c.SetLineStyle(style)
	c.Stroke(path)
}

// mostLines bounds the lines of what a method changed.
const mostLines = 2

// wrap breaks a text into lines of that width; what is beyond the last is cut off.
func wrap(style draw.TextStyle, text string, width vg.Length) []string {
	lines := []string{""}
	for word := range strings.FieldsSeq(text) {
		last := &lines[len(lines)-1]
		longer := strings.TrimSpace(*last + " " + word)
		switch {
		case style.Width(longer) <= width:
			*last = longer
		case len(lines) == mostLines:
			*last += "…"
			return lines
		default:
			lines = append(lines, word)
		}
	}
	return lines
}

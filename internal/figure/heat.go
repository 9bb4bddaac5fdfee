package figure

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/kontrast-ml/kontrast/internal/escape"
)

// Heat is a table of numbers, shaded by their size within each column.
type Heat struct {
	Title   string
	Rows    []string
	Columns []string
	Values  [][]float64 // by row and column; NaN for none
	Legend  string
}

// Set puts a number into a row and a column, which it adds if they are new.
func (h *Heat) Set(row, column string, value float64) {
	j := slices.Index(h.Columns, column)
	if j < 0 {
		j = len(h.Columns)
		h.Columns = append(h.Columns, column)
		for i := range h.Values {
			h.Values[i] = append(h.Values[i], math.NaN())
		}
	}
	i := slices.Index(h.Rows, row)
	if i < 0 {
		i = len(h.Rows)
		h.Rows = append(h.Rows, row)
		h.Values = append(h.Values, slices.Repeat([]float64{math.NaN()}, len(h.Columns)))
	}
	h.Values[i][j] = value
}

// Order puts the rows in order of their mean shade, the strongest first.
func (h *Heat) Order() {
	strength := func(i int) float64 {
		sum, count := 0.0, 0.0
		for j := range h.Columns {
			if share := h.share(i, j); !math.IsNaN(share) {
				sum, count = sum+share, count+1
			}
		}
		return sum / max(count, 1)
	}
	order := make([]int, len(h.Rows))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(strength(b), strength(a)) })
	rows, values := slices.Clone(h.Rows), slices.Clone(h.Values)
	for i, from := range order {
		h.Rows[i], h.Values[i] = rows[from], values[from]
	}
}

// share is where a number lies between the least and the largest of its column, 0 to 1;
// a half where all are the same, and NaN for none.
func (h *Heat) share(i, j int) float64 {
	low, high := math.Inf(1), math.Inf(-1)
	for _, row := range h.Values {
		if v := row[j]; !math.IsNaN(v) {
			low, high = min(low, v), max(high, v)
		}
	}
	switch v := h.Values[i][j]; {
	case math.IsNaN(v):
		return v
	case high > low:
		return (v - low) / (high - low)
	}
	return 0.5
}

// Heatmap draws the table: the number in each cell, the stronger the larger.
func Heatmap(h Heat, o Options) (*Figure, error) {
	if len(h.Rows) == 0 || len(h.Columns) == 0 {
		return nil, errNothing
	}
	return newFigure(o, h.Title, 4.5+1.7*float64(len(h.Columns)), 4.2+0.62*float64(len(h.Rows)),
		func(c draw.Canvas, k ink) {
			heading := k.letters(11)
			heading.XAlign, heading.YAlign = draw.XCenter, draw.YTop
			c.FillText(heading, vg.Point{X: c.Center().X, Y: c.Max.Y - vg.Points(6)}, firstOf(o.Title, h.Title))
			note := k.letters(8)
			c.FillText(note, vg.Point{X: c.Min.X + vg.Points(8), Y: c.Min.Y + vg.Points(6)}, h.Legend)
			names, left, top := k.letters(8.5), vg.Length(0), vg.Length(0)
			for _, name := range h.Rows {
				left = max(left, names.Width(escape.Line(name)))
			}
			for _, name := range h.Columns {
				top = max(top, names.Width(escape.Line(name)))
			}
			right := vg.Points(30) // and room for the last column's name, which leans over its cell
			cell := (c.Size().X - left - vg.Points(14) - right) / vg.Length(len(h.Columns))
			right = max(right, names.Width(escape.Line(h.Columns[len(h.Columns)-1]))*0.75-cell*0.4)
			h.draw(draw.Crop(c, left+vg.Points(14), -right, vg.Points(22), -(vg.Points(30)+top*0.75)), k, names)
		})
}

func (h Heat) draw(c draw.Canvas, k ink, names draw.TextStyle) {
	width, height := c.Size().X/vg.Length(len(h.Columns)), c.Size().Y/vg.Length(len(h.Rows))
	across, up, middle := names, names, k.letters(8)
	across.XAlign, across.YAlign = draw.XRight, draw.YCenter
	up.Rotation, up.YAlign = math.Pi/4, draw.YCenter
	middle.XAlign, middle.YAlign = draw.XCenter, draw.YCenter
	for j, name := range h.Columns {
		c.FillText(up, vg.Point{X: c.Min.X + (vg.Length(j)+0.45)*width, Y: c.Max.Y + vg.Points(5)}, escape.Line(name))
		for i, row := range h.Rows {
			y := c.Max.Y - (vg.Length(i)+0.5)*height
			if j == 0 {
				c.FillText(across, vg.Point{X: c.Min.X - vg.Points(5), Y: y}, escape.Line(row))
			}
			v := h.Values[i][j]
			if math.IsNaN(v) {
				continue
			}
			x := c.Min.X + (vg.Length(j)+0.5)*width
			half := vg.Point{X: width/2 - vg.Points(0.6), Y: height/2 - vg.Points(0.6)}
			c.SetColor(faint(k.positive, uint8(12+100*h.share(i, j))))
			c.Fill(vg.Rectangle{Min: vg.Point{X: x - half.X, Y: y - half.Y}, Max: vg.Point{X: x + half.X, Y: y + half.Y}}.Path())
			c.FillText(middle, vg.Point{X: x, Y: y}, fmt.Sprintf("%.2f", v))
		}
	}
}

package figure

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/kontrast-ml/kontrast/internal/escape"
)

// Cell is what a matrix says of a row and a column.
type Cell struct {
	Value   float64 // row minus column; NaN for nothing
	Decided int     // 1 where the row is better, -1 where it is worse, 0 where the data don't tell
}

// Matrix compares every row with every column.
type Matrix struct {
	Title  string
	Names  []string // of rows and columns, in the same order
	Cells  [][]Cell
	Legend string // what the numbers and the colors are
}

// Comparisons draws a matrix of comparisons: the difference in each cell, filled
// where it is decided, the stronger the larger.
func Comparisons(m Matrix, o Options) (*Figure, error) {
	if len(m.Names) < 2 {
		return nil, fmt.Errorf("a matrix of comparisons needs two methods with scores")
	}
	n := float64(len(m.Names))
	return newFigure(o, m.Title, 4.2+1.35*n, 4+0.62*n, func(c draw.Canvas, k ink) {
		heading := k.letters(11)
		heading.XAlign, heading.YAlign = draw.XCenter, draw.YTop
		c.FillText(heading, vg.Point{X: c.Center().X, Y: c.Max.Y - vg.Points(6)}, firstOf(o.Title, m.Title))
		note := k.letters(8)
		note.YAlign = draw.YBottom
		c.FillText(note, vg.Point{X: c.Min.X + vg.Points(8), Y: c.Min.Y + vg.Points(6)}, m.Legend)
		names, widest := k.letters(8.5), vg.Length(0)
		for _, name := range m.Names {
			widest = max(widest, names.Width(escape.Line(name)))
		}
		body := draw.Crop(c, widest+vg.Points(14), -vg.Points(8), vg.Points(22), -(vg.Points(30) + widest*0.75))
		m.draw(body, k, names)
	})
}

func (m Matrix) draw(c draw.Canvas, k ink, names draw.TextStyle) {
	width, height := c.Size().X/vg.Length(len(m.Names)), c.Size().Y/vg.Length(len(m.Names))
	largest := 0.0
	for _, row := range m.Cells {
		for _, cell := range row {
			if !math.IsNaN(cell.Value) {
				largest = max(largest, math.Abs(cell.Value))
			}
		}
	}
	middle := k.letters(7.5)
	middle.XAlign, middle.YAlign = draw.XCenter, draw.YCenter
	across, up := names, names
	across.XAlign, across.YAlign = draw.XRight, draw.YCenter
	up.Rotation, up.XAlign, up.YAlign = math.Pi/4, draw.XLeft, draw.YCenter
	for i, row := range m.Cells {
		y := c.Max.Y - (vg.Length(i)+0.5)*height
		c.FillText(across, vg.Point{X: c.Min.X - vg.Points(5), Y: y}, escape.Line(m.Names[i]))
		c.FillText(up, vg.Point{X: c.Min.X + (vg.Length(i)+0.45)*width, Y: c.Max.Y + vg.Points(5)}, escape.Line(m.Names[i]))
		for j, cell := range row {
			if i == j || math.IsNaN(cell.Value) {
				continue
			}
			x := c.Min.X + (vg.Length(j)+0.5)*width
			style := middle
			if cell.Decided != 0 {
				color := k.positive
				if cell.Decided < 0 {
					color = k.negative
				}
				half := vg.Point{X: width/2 - vg.Points(0.6), Y: height/2 - vg.Points(0.6)}
				box := vg.Rectangle{Min: vg.Point{X: x - half.X, Y: y - half.Y}, Max: vg.Point{X: x + half.X, Y: y + half.Y}}
				c.SetColor(faint(color, uint8(40+70*math.Abs(cell.Value)/largest)))
				c.Fill(box.Path())
			} else {
				style.Color = k.undecided
			}
			c.FillText(style, vg.Point{X: x, Y: y}, strings.Replace(fmt.Sprintf("%+.1f", cell.Value), "-", "−", 1))
		}
	}
}

package figure

import (
	"cmp"
	"image"
	"image/color"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/internal/escape"
)

// Tile is a picture with a line below it.
type Tile struct {
	Image   data.Image // empty for a gap
	Caption string
	Mark    int // the color of its frame: 1 for what is right, -1 for what is wrong, 0 for none
}

// Tiles are pictures in rows, such as an image and its views.
type Tiles struct {
	Title   string
	Columns []string // above the columns; may be shorter than the rows
	Rows    [][]Tile
	Side    float64 // of a picture, in centimeters; 0 means 2.2
	Scale   *Scale  // below the pictures, if they are made by one
}

const (
	tileSide    = 2.2 // centimeters
	tileGap     = vg.Length(6)
	captionRoom = vg.Length(11)
)

// Pictures draws the tiles.
func Pictures(t Tiles, o Options) (*Figure, error) {
	columns := 0
	captions := false
	for _, row := range t.Rows {
		columns = max(columns, len(row))
		for _, tile := range row {
			captions = captions || tile.Caption != ""
		}
	}
	if columns == 0 {
		return nil, errNothing
	}
	room := tileGap
	if captions {
		room += captionRoom
	}
	head := vg.Length(48)
	if len(t.Columns) == 0 {
		head = vg.Length(32)
	}
	picture := cmp.Or(t.Side, tileSide)
	title := firstOf(o.Title, t.Title)
	width := max(float64(columns)*(picture+float64(tileGap/vg.Centimeter)),
		float64(Light.ink().letters(11).Width(title)/vg.Centimeter)) + 0.6
	height := float64(len(t.Rows))*(picture+float64(room/vg.Centimeter)) + float64(head/vg.Centimeter) + 0.2
	if t.Scale != nil {
		width, height = max(width, 7), height+float64(barRoom/vg.Centimeter)
	}
	return newFigure(o, t.Title, width, height, func(c draw.Canvas, k ink) {
		heading := k.letters(11)
		heading.XAlign, heading.YAlign = draw.XCenter, draw.YTop
		c.FillText(heading, vg.Point{X: c.Center().X, Y: c.Max.Y - vg.Points(6)}, title)
		small := k.letters(8)
		small.XAlign, small.YAlign = draw.XCenter, draw.YTop
		if t.Scale != nil {
			t.Scale.draw(c, k)
			c.Min.Y += barRoom
		}
		side := min((c.Size().X-vg.Points(8))/vg.Length(columns)-tileGap, (c.Size().Y-head)/vg.Length(len(t.Rows))-room)
		for j, name := range t.Columns {
			c.FillText(small, vg.Point{X: left(c, j, side) + side/2, Y: c.Max.Y - head + vg.Points(14)}, escape.Line(name))
		}
		for i, row := range t.Rows {
			top := c.Max.Y - head - vg.Length(i)*(side+room)
			for j, tile := range row {
				at := vg.Rectangle{
					Min: vg.Point{X: left(c, j, side), Y: top - side}, Max: vg.Point{X: left(c, j, side) + side, Y: top},
				}
				tile.draw(c, at, k)
				c.FillText(small, vg.Point{X: at.Min.X + side/2, Y: at.Min.Y - vg.Points(2)}, escape.Line(tile.Caption))
			}
		}
	})
}

func left(c draw.Canvas, column int, side vg.Length) vg.Length {
	return c.Min.X + vg.Points(6) + vg.Length(column)*(side+tileGap)
}

// draw fits the picture into the rectangle, its pixels enlarged as squares.
func (t Tile) draw(c draw.Canvas, at vg.Rectangle, k ink) {
	longest := max(t.Image.Width, t.Image.Height)
	if longest == 0 {
		return
	}
	times := max(1, 96/longest)
	picture := image.NewNRGBA(image.Rect(0, 0, t.Image.Width*times, t.Image.Height*times))
	for y := range t.Image.Height * times {
		for x := range t.Image.Width * times {
			p := t.Image.Pix[3*((y/times)*t.Image.Width+x/times):]
			picture.SetNRGBA(x, y, color.NRGBA{p[0], p[1], p[2], 255})
		}
	}
	scale := at.Size().X / vg.Length(longest)
	w, h := scale*vg.Length(t.Image.Width), scale*vg.Length(t.Image.Height)
	corner := vg.Point{X: at.Min.X + (at.Size().X-w)/2, Y: at.Min.Y + (at.Size().Y-h)/2}
	c.DrawImage(vg.Rectangle{Min: corner, Max: corner.Add(vg.Point{X: w, Y: h})}, picture)
	if t.Mark != 0 {
		frame := draw.LineStyle{Color: k.positive, Width: vg.Points(1.6)}
		if t.Mark < 0 {
			frame.Color, frame.Dashes = k.negative, dashes(2)
		}
		c.StrokeLines(frame, []vg.Point{
			corner, corner.Add(vg.Point{X: w}), corner.Add(vg.Point{X: w, Y: h}), corner.Add(vg.Point{Y: h}), corner,
		})
	}
}

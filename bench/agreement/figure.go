package main

import (
	"image/color"
	"os"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// The two sides have colors that people with any color vision can tell apart (Okabe and Ito 2008).
var (
	oursColor = color.NRGBA{0xc4, 0x50, 0x0a, 0xff}
	selfColor = color.NRGBA{0x00, 0x72, 0xb2, 0xff}
)

// drawFigure draws a panel for each row: how far the losses are apart at each step.
func drawFigure(all []agreement, path string) error {
	const columns = 3
	lines := (len(all) + columns - 1) / columns
	canvas := vgsvg.New(22*vg.Centimeter, vg.Length(lines)*5.5*vg.Centimeter)
	page := draw.New(canvas)
	page.SetColor(color.White)
	page.Fill(page.Rectangle.Path())
	tiles := draw.Tiles{Cols: columns, Rows: lines, PadX: vg.Points(10), PadY: vg.Points(10)}
	for i, a := range all {
		a.Losses.panel(a.row.title, i == 0).Draw(tiles.At(page, i%columns, i/columns))
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = canvas.WriteTo(f)
	return firstError(err, f.Close())
}

// panel draws both distances on a logarithmic axis.
func (d distances) panel(title string, named bool) *plot.Plot {
	p := plot.New()
	letters := font.Font{Typeface: "Liberation", Variant: "Sans", Size: vg.Points(8)}
	p.Title.Text, p.Title.TextStyle.Font = title, letters
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.Label.TextStyle.Font, axis.Tick.Label.Font = letters, letters
	}
	p.X.Label.Text, p.Y.Label.Text = "step", "losses apart"
	p.X.Tick.Marker, p.Y.Scale, p.Y.Tick.Marker = hundreds{}, plot.LogScale{}, decades{}
	p.Legend.Left, p.Legend.Top, p.Legend.TextStyle.Font = true, true, letters
	for _, side := range []struct {
		name   string
		values []float64
		color  color.Color
	}{{"PyTorch from itself", d.Self, selfColor}, {"kontrast from PyTorch", d.Ours, oursColor}} {
		line := &plotter.Line{LineStyle: draw.LineStyle{Color: side.color, Width: vg.Points(0.8)}}
		for step, y := range side.values {
			line.XYs = append(line.XYs, plotter.XY{X: float64(step), Y: max(y, 1e-9)}) // 0 has no logarithm
		}
		p.Add(line)
		if named {
			p.Legend.Add(side.name, line)
		}
	}
	return p
}

// hundreds marks every hundredth step.
type hundreds struct{}

// Ticks implements plot.Ticker.
func (hundreds) Ticks(low, high float64) (ticks []plot.Tick) {
	for x := 0.0; x <= high+1; x += 100 { // the last step is one short of a whole hundred
		if x >= low {
			ticks = append(ticks, plot.Tick{Value: min(x, high), Label: strconv.FormatFloat(x, 'f', -1, 64)})
		}
	}
	return ticks
}

// decades marks every second power of ten.
type decades struct{}

// Ticks implements plot.Ticker.
func (decades) Ticks(low, high float64) (ticks []plot.Tick) {
	for i, y := 0, 1e-9; y <= high*1.0001; i, y = i+1, y*10 {
		if y >= low*0.9999 {
			mark := plot.Tick{Value: y}
			if i%2 == 0 {
				mark.Label = strconv.FormatFloat(y, 'g', 1, 64)
			}
			ticks = append(ticks, mark)
		}
	}
	return ticks
}

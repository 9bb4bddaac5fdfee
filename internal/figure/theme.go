package figure

import (
	"fmt"
	"image/color"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/kontrast-ml/kontrast/internal/escape"
)

// Theme is for the paper a figure lies on: light (also when empty) or dark.
type Theme string

const (
	Light Theme = "light"
	Dark  Theme = "dark"
)

// Themes lists the themes.
var Themes = []string{string(Light), string(Dark)}

// ParseTheme returns the theme of that name; an empty one means Light.
func ParseTheme(name string) (Theme, error) {
	switch t := Theme(name); t {
	case "", Light:
		return Light, nil
	case Dark:
		return Dark, nil
	}
	return "", fmt.Errorf("unknown theme %q; known themes: %s", name, strings.Join(Themes, ", "))
}

// ink are the colors of what is not data.
type ink struct {
	theme               Theme
	paper, text, rules  color.NRGBA
	positive, negative  color.NRGBA // of differences that are clear
	undecided, baseline color.NRGBA
}

func (t Theme) ink() ink {
	if t == Dark {
		return ink{
			Dark, hex(0x14181d), hex(0xe6e9ed), hex(0x3a424c), hex(0x56a8e0), hex(0xff8a4c), hex(0x9aa4af), hex(0xb3bcc6),
		}
	}
	return ink{
		Light, hex(0xffffff), hex(0x1b1f24), hex(0xd9dee4), hex(0x0072b2), hex(0xc4500a), hex(0x6b7580), hex(0x5a636d),
	}
}

func hex(rgb uint32) color.NRGBA {
	return color.NRGBA{uint8(rgb >> 16), uint8(rgb >> 8), uint8(rgb), 255}
}

func faint(c color.NRGBA, alpha uint8) color.NRGBA {
	c.A = alpha
	return c
}

// letters is the style of text of that size in points.
func (k ink) letters(points float64) draw.TextStyle {
	return draw.TextStyle{
		Color: k.text, Font: font.Font{Typeface: "Liberation", Variant: "Sans", Size: vg.Points(points)},
		Handler: plot.DefaultTextHandler,
	}
}

// axes makes a plot in the theme's colors.
func (k ink) axes(title string) *plot.Plot {
	p := plot.New()
	p.BackgroundColor = k.paper
	p.Title.Text, p.Title.TextStyle, p.Title.Padding = escape.Line(title), k.letters(11), vg.Points(6)
	p.Title.TextStyle.XAlign, p.Title.TextStyle.YAlign = draw.XCenter, draw.YTop
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		restyle(&axis.Label.TextStyle, k.letters(10))
		restyle(&axis.Tick.Label, k.letters(9))
		axis.Tick.Marker = roundTicks(6)
		axis.LineStyle.Color, axis.Tick.LineStyle.Color = k.text, k.text
		axis.LineStyle.Width, axis.Tick.LineStyle.Width = vg.Points(0.5), vg.Points(0.5)
	}
	restyle(&p.Legend.TextStyle, k.letters(9))
	p.Legend.Top = true
	return p
}

// restyle changes font and color, and keeps the alignment.
func restyle(style *text.Style, to draw.TextStyle) {
	style.Color, style.Font, style.Handler = to.Color, to.Font, to.Handler
}

func (k ink) grid(vertical, horizontal bool) *plotter.Grid {
	grid := plotter.NewGrid()
	for _, line := range []*draw.LineStyle{&grid.Vertical, &grid.Horizontal} {
		line.Color, line.Width = k.rules, vg.Points(0.4)
	}
	if !vertical {
		grid.Vertical.Color = nil
	}
	if !horizontal {
		grid.Horizontal.Color = nil
	}
	return grid
}

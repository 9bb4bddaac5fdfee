package data

import (
	"fmt"
	"math"
	"sync"

	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goitalic"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/gofont/gosmallcaps"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

func digitsFactory() Factory {
	return generatedFactory("digits",
		"Generated images of the digits 0 to 9 in five fonts, slanted, turned, stretched and in any two colors, on 28×28 "+
			"pixels as MNIST has them. Nothing is downloaded.",
		28, digits.classes, func(params Generated) func(p *painter, label int, dst *Image) {
			return func(p *painter, label int, dst *Image) { p.digit(label, params.Noise, dst) }
		})
}

// digitFonts are the outlines of the digits in the Go fonts, in a square of side 2 around 0, y down.
var digitFonts = sync.OnceValue(func() (fonts [][10]sfnt.Segments) {
	const em = 1000
	for _, file := range [][]byte{goregular.TTF, gobold.TTF, goitalic.TTF, gomono.TTF, gosmallcaps.TTF} {
		font, err := sfnt.Parse(file)
		var glyphs [10]sfnt.Segments
		for d := range glyphs {
			if err != nil {
				break
			}
			var buffer sfnt.Buffer
			var glyph sfnt.GlyphIndex
			if glyph, err = font.GlyphIndex(&buffer, rune('0'+d)); err == nil {
				glyphs[d], err = font.LoadGlyph(&buffer, glyph, fixed.I(em), nil)
			}
		}
		if err != nil {
			panic(fmt.Errorf("the fonts of the data set digits: %w", err)) // they are part of the program
		}
		fonts = append(fonts, glyphs)
	}
	return fonts
})

// digit draws a digit over a background.
func (p *painter) digit(label int, noise float64, dst *Image) {
	fonts := digitFonts()
	outline := fonts[p.stream.IntN(len(fonts))][label]
	first := p.stream.IntN(len(ColorNames))
	second := (first + 1 + p.stream.IntN(len(ColorNames)-1)) % len(ColorNames)
	ink, ground := p.tint(first), p.tint(second)
	l := p.layer(0)
	p.glyph(outline)
	p.draw(l.coverage)
	slope := newSlope(dst.Width, &p.stream)
	p.fill(dst, noise, func(x, y int) [3]float32 {
		return mixed(scaled(ground, slope.at(x, y)), ink, float32(l.coverage.Pix[y*l.coverage.Stride+x])/255)
	})
}

// glyph puts an outline into the rasterizer, distorted at random.
func (p *painter) glyph(outline sfnt.Segments) {
	bounds := outline.Bounds()
	number := func(x fixed.Int26_6) float64 { return float64(x) / 64 }
	midX, midY := (number(bounds.Min.X)+number(bounds.Max.X))/2, (number(bounds.Min.Y)+number(bounds.Max.Y))/2
	size := float64(p.raster.Size().X)
	height := p.stream.Uniform(0.6, 0.8) * size / (number(bounds.Max.Y) - number(bounds.Min.Y))
	width := height * p.stream.Uniform(0.8, 1.25)
	sin, cos := math.Sincos(p.stream.Uniform(-0.25, 0.25))
	slant := p.stream.Uniform(-0.3, 0.3)
	left, top := size/2+size*p.stream.Uniform(-0.08, 0.08), size/2+size*p.stream.Uniform(-0.08, 0.08)
	at := func(point fixed.Point26_6) (float32, float32) {
		x, y := (number(point.X)-midX)*width, (number(point.Y)-midY)*height
		x += slant * y
		return float32(left + cos*x - sin*y), float32(top + sin*x + cos*y)
	}
	p.raster.Reset(p.raster.Size().X, p.raster.Size().Y)
	for _, segment := range outline {
		x, y := at(segment.Args[0])
		switch segment.Op {
		case sfnt.SegmentOpMoveTo:
			p.raster.ClosePath()
			p.raster.MoveTo(x, y)
		case sfnt.SegmentOpLineTo:
			p.raster.LineTo(x, y)
		case sfnt.SegmentOpQuadTo:
			toX, toY := at(segment.Args[1])
			p.raster.QuadTo(x, y, toX, toY)
		case sfnt.SegmentOpCubeTo:
			midX, midY := at(segment.Args[1])
			toX, toY := at(segment.Args[2])
			p.raster.CubeTo(x, y, midX, midY, toX, toY)
		}
	}
	p.raster.ClosePath()
}

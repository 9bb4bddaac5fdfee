package data

import (
	"image"
	"math"

	"golang.org/x/image/vector"

	"github.com/kontrast-ml/kontrast/framework/random"
)

// palette holds the middle of the colors of ColorNames, R, G, B on the scale 0 to 1.
var palette = [][3]float32{
	{0.85, 0.15, 0.15}, {0.95, 0.55, 0.10}, {0.92, 0.86, 0.20}, {0.20, 0.65, 0.25}, {0.20, 0.80, 0.82},
	{0.15, 0.30, 0.85}, {0.50, 0.20, 0.65}, {0.95, 0.60, 0.75}, {0.95, 0.95, 0.95}, {0.45, 0.45, 0.45},
}

// painter makes images of one size. It is not safe for concurrent use.
type painter struct {
	stream random.Stream
	raster *vector.Rasterizer
	layers []*layer // as many as were needed at once
}

// layer is a shape in its place.
type layer struct {
	coverage  *image.Alpha // the share of each pixel that the shape covers
	ink, dark [3]float32
	texture   texture
}

func newPainter(size int) *painter { return &painter{raster: vector.NewRasterizer(size, size)} }

// layer is the one of that number.
func (p *painter) layer(i int) *layer {
	for len(p.layers) <= i {
		size := p.raster.Size()
		p.layers = append(p.layers, &layer{coverage: image.NewAlpha(image.Rectangle{Max: size})})
	}
	return p.layers[i]
}

// paint draws shapes over the background of the first and adds noise.
func (p *painter) paint(shapes []ShapeFactors, noise float64, dst *Image) {
	var ground [3]float32
	for i, f := range shapes {
		l := p.layer(i)
		p.cover(f, l.coverage)
		l.ink = p.tint(f.Color)
		if i == 0 {
			ground = p.tint(f.Background)
		}
		l.dark, l.texture = scaled(l.ink, 0.45), newTexture(f, dst.Width, &p.stream)
	}
	slope := newSlope(dst.Width, &p.stream)
	p.fill(dst, noise, func(x, y int) [3]float32 {
		color := scaled(ground, slope.at(x, y))
		for _, l := range p.layers[:len(shapes)] {
			if alpha := float32(l.coverage.Pix[y*l.coverage.Stride+x]) / 255; alpha > 0 {
				color = mixed(color, mixed(l.ink, l.dark, l.texture.at(x, y)), alpha)
			}
		}
		return color
	})
}

// fill gives each pixel its color and noise.
func (p *painter) fill(dst *Image, noise float64, color func(x, y int) [3]float32) {
	for y := range dst.Height {
		row := dst.Pix[3*y*dst.Width : 3*(y+1)*dst.Width]
		for x := range dst.Width {
			for c, v := range color(x, y) {
				if noise > 0 {
					v += float32(noise * p.stream.Normal())
				}
				row[3*x+c] = uint8(255*min(max(v, 0), 1) + 0.5)
			}
		}
	}
}

// cover fills a mask with the share of each pixel that the shape covers.
func (p *painter) cover(f ShapeFactors, coverage *image.Alpha) {
	size := coverage.Rect.Dx()
	p.raster.Reset(size, size)
	sin, cos := math.Sincos(f.Rotation)
	scale := f.Radius * float64(size)
	outlines[f.Shape](pen{
		raster: p.raster,
		x:      float32(f.X * float64(size)), y: float32(f.Y * float64(size)),
		cos: float32(cos * scale), sin: float32(sin * scale),
	})
	p.draw(coverage)
}

// draw fills a mask with what the rasterizer has.
func (p *painter) draw(coverage *image.Alpha) {
	clear(coverage.Pix)
	p.raster.Draw(coverage, coverage.Rect, image.Opaque, image.Point{})
}

// tint varies a color of the palette a little.
func (p *painter) tint(color int) [3]float32 {
	out := palette[color]
	for c := range out {
		out[c] += float32(p.stream.Uniform(-0.03, 0.03))
	}
	return out
}

func scaled(a [3]float32, by float32) [3]float32 {
	return [3]float32{a[0] * by, a[1] * by, a[2] * by}
}

func mixed(a, b [3]float32, share float32) [3]float32 {
	return [3]float32{a[0] + share*(b[0]-a[0]), a[1] + share*(b[1]-a[1]), a[2] + share*(b[2]-a[2])}
}

// slope is the brightness of the background: a linear gradient around 1.
type slope struct{ dx, dy, zero float32 }

func newSlope(size int, stream *random.Stream) slope {
	sin, cos := math.Sincos(stream.Uniform(0, 2*math.Pi))
	steep := stream.Uniform(0, 0.1) / float64(size)
	s := slope{dx: float32(cos * steep), dy: float32(sin * steep)}
	s.zero = 1 - (s.dx+s.dy)*float32(size)/2
	return s
}

func (s slope) at(x, y int) float32 { return s.zero + s.dx*float32(x) + s.dy*float32(y) }

// texture is a pattern on the shape, in coordinates u, v that turn with it.
type texture struct {
	kind         int
	ux, uy, zero float32 // u = zero + x*ux + y*uy, in periods of the pattern; v is at a right angle to it
	vzero        float32
	sharp        float32 // contrast at the edges, so that they are one pixel wide
}

func newTexture(f ShapeFactors, size int, stream *random.Stream) texture {
	period := stream.Uniform(0.14, 0.2) * float64(size)
	sin, cos := math.Sincos(f.Rotation + stream.Uniform(-0.6, 0.6))
	t := texture{kind: f.Texture, ux: float32(cos / period), uy: float32(sin / period), sharp: float32(period)}
	if TextureNames[f.Texture] == "shaded" {
		t.ux, t.uy = float32(cos/(2*f.Radius*float64(size))), float32(sin/(2*f.Radius*float64(size)))
	}
	x, y := float32(f.X)*float32(size), float32(f.Y)*float32(size)
	t.zero, t.vzero = -x*t.ux-y*t.uy, x*t.uy-y*t.ux
	return t
}

// at returns how much of the dark tone the pixel has, 0 to 1.
func (t texture) at(x, y int) float32 {
	u := t.zero + float32(x)*t.ux + float32(y)*t.uy
	v := t.vzero + float32(y)*t.ux - float32(x)*t.uy
	switch TextureNames[t.kind] {
	case "striped":
		return clamp(0.5 + t.sharp*wave(u))
	case "checked":
		return clamp(0.5 + 4*t.sharp*wave(u/2)*wave(v/2))
	case "dotted":
		a, b := wave(u)-0.5, wave(v)-0.5
		return clamp(0.5 + t.sharp*(0.4-a*a-b*b))
	case "shaded":
		return clamp(0.5 + u)
	}
	return 0 // solid
}

// wave is a triangle wave of period 1 between -0.5 and 0.5.
func wave(u float32) float32 {
	u -= float32(math.Floor(float64(u)))
	if u > 0.5 {
		u = 1 - u
	}
	return 2*u - 0.5
}

func clamp(v float32) float32 { return min(max(v, 0), 1) }

package data

import (
	"math"

	"golang.org/x/image/vector"
)

// pen draws outlines given in a unit circle (y down) where the shape stands in the image.
type pen struct {
	raster         *vector.Rasterizer
	x, y, cos, sin float32
}

func (p pen) at(x, y float32) (float32, float32) {
	return p.x + p.cos*x - p.sin*y, p.y + p.sin*x + p.cos*y
}

func (p pen) move(x, y float32) { p.raster.MoveTo(p.at(x, y)) }

func (p pen) curve(x1, y1, x2, y2, x, y float32) {
	x1, y1 = p.at(x1, y1)
	x2, y2 = p.at(x2, y2)
	x, y = p.at(x, y)
	p.raster.CubeTo(x1, y1, x2, y2, x, y)
}

func (p pen) polygon(points ...[2]float32) {
	p.move(points[0][0], points[0][1])
	for _, q := range points[1:] {
		p.raster.LineTo(p.at(q[0], q[1]))
	}
	p.raster.ClosePath()
}

// circle draws a circle, clockwise or (radius < 0) the other way round, for holes.
func (p pen) circle(x, y, radius float32) {
	h := abs(radius)
	k := 0.5523 * radius // four cubics: off by 0.03 % of the radius
	p.move(x+h, y)
	p.curve(x+h, y+k, x+0.5523*h, y+radius, x, y+radius)
	p.curve(x-0.5523*h, y+radius, x-h, y+k, x-h, y)
	p.curve(x-h, y-k, x-0.5523*h, y-radius, x, y-radius)
	p.curve(x+0.5523*h, y-radius, x+h, y-k, x+h, y)
	p.raster.ClosePath()
}

func abs(x float32) float32 { return float32(math.Abs(float64(x))) }

// regular returns the corners of a regular polygon or, if inner < 1, of a star.
func regular(corners int, inner float64) [][2]float32 {
	var points [][2]float32
	for i := range 2 * corners {
		radius := 1.0
		if i%2 == 1 {
			if inner == 1 {
				continue
			}
			radius = inner
		}
		sin, cos := math.Sincos(math.Pi * float64(i) / float64(corners))
		points = append(points, [2]float32{float32(radius * sin), float32(-radius * cos)})
	}
	return points
}

var (
	triangle = regular(3, 1)
	pentagon = regular(5, 1)
	star     = regular(5, 0.42)
	square   = [][2]float32{{-0.75, -0.75}, {0.75, -0.75}, {0.75, 0.75}, {-0.75, 0.75}}
	cross    = [][2]float32{
		{-0.3, -0.9}, {0.3, -0.9}, {0.3, -0.3}, {0.9, -0.3}, {0.9, 0.3}, {0.3, 0.3},
		{0.3, 0.9}, {-0.3, 0.9}, {-0.3, 0.3}, {-0.9, 0.3}, {-0.9, -0.3}, {-0.3, -0.3},
	}
	arrow = [][2]float32{
		{0, -1}, {0.8, -0.1}, {0.32, -0.1}, {0.32, 0.9}, {-0.32, 0.9}, {-0.32, -0.1}, {-0.8, -0.1},
	}
)

// outlines draws the shapes of ShapeNames.
var outlines = []func(pen){
	func(p pen) { p.circle(0, 0, 0.88) },
	func(p pen) { p.polygon(square...) },
	func(p pen) { p.polygon(triangle...) },
	func(p pen) { p.polygon(pentagon...) },
	func(p pen) { p.polygon(star...) },
	func(p pen) { p.polygon(cross...) },
	func(p pen) { p.circle(0, 0, 0.95); p.circle(0, 0, -0.55) },
	func(p pen) { // heart
		p.move(0, 0.9)
		p.curve(-0.5, 0.5, -0.95, 0.15, -0.95, -0.3)
		p.curve(-0.95, -0.95, -0.2, -0.95, 0, -0.4)
		p.curve(0.2, -0.95, 0.95, -0.95, 0.95, -0.3)
		p.curve(0.95, 0.15, 0.5, 0.5, 0, 0.9)
		p.raster.ClosePath()
	},
	func(p pen) { // crescent, open to the right
		p.move(0.45, -0.85)
		p.curve(-0.35, -1.15, -1, -0.6, -1, 0)
		p.curve(-1, 0.6, -0.35, 1.15, 0.45, 0.85)
		p.curve(-0.35, 0.6, -0.35, -0.6, 0.45, -0.85)
		p.raster.ClosePath()
	},
	func(p pen) { p.polygon(arrow...) },
}

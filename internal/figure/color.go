package figure

import (
	"hash/fnv"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/kontrast-ml/kontrast/internal/baseline"
)

// Style is how a method is drawn, in every figure and on every page.
type Style struct {
	Color int // index into the palettes; -1 is the gray of baselines
	Shape int // of dots, and the dashes of lines: 0 to 4
}

// Palettes have the colors in hexadecimal by theme. They follow Okabe and Ito,
// "Color Universal Design" (2008), which people with any color vision can tell
// apart, made darker or lighter until they stand out from their paper (3:1).
var Palettes = map[Theme][]string{
	Light: {"#0072b2", "#c4500a", "#00805e", "#a8528a", "#a36a00", "#2b86bd", "#7d1f4f", "#6b6b14"},
	Dark:  {"#56a8e0", "#ff8a4c", "#2fc79a", "#e39ac4", "#f2b134", "#9bd4f7", "#e8709f", "#cfcf5a"},
}

// Gray is the color of baselines by theme.
var Gray = map[Theme]string{Light: "#5a636d", Dark: "#b3bcc6"}

const shapes = 5

// placed are the methods with a style of their own, by their places. A method
// keeps its place: new ones come last, or take theirs by a hash of their name.
var placed = []string{
	"instdisc", "simclr", "simclrv2", "mocov1", "mocov2", "mocov3", "byol", "simsiam", "swav", "dino",
	"clip", "siglip", "barlowtwins", "vicreg", "nnclr", "dcl", "supcon", "wmse", "tico",
	"ressl", "nnbyol", "lejepa", "msn", "simmim", "supervised", "invaspread", "cpc", "pirl", "mochi", "deepclusterv2", "all4one",
	"ibot", "dinov2", "data2vec", "mae", "ijepa", "vicregl", "cmc",
}

// StyleOf returns how a method is drawn. Those that are placed differ from
// each other, and of a row of eight the similar colors, such as orange and
// brown, have different shapes; others take theirs by a hash of their name.
func StyleOf(method string) Style {
	colors := len(Palettes[Light])
	if shape := slices.Index(baseline.Names(), method); shape >= 0 {
		return Style{-1, shape}
	}
	place := slices.Index(placed, method)
	if place < 0 {
		sum := fnv.New32a()
		sum.Write([]byte(method))
		place = int(sum.Sum32() % uint32(colors*shapes))
	}
	return Style{place % colors, (place%4 + place/colors) % shapes}
}

func (k ink) method(name string) color.NRGBA {
	style := StyleOf(name)
	if style.Color < 0 {
		return k.baseline
	}
	return k.category(style.Color)
}

// category is the color of a number, such as that of a class.
func (k ink) category(i int) color.NRGBA {
	palette := Palettes[k.theme]
	var rgb uint32
	for _, digit := range palette[i%len(palette)][1:] {
		value := uint32(digit - '0')
		if digit >= 'a' {
			value = uint32(digit-'a') + 10
		}
		rgb = rgb<<4 | value
	}
	return hex(rgb)
}

func glyph(shape int) draw.GlyphDrawer {
	return []draw.GlyphDrawer{draw.CircleGlyph{}, draw.PyramidGlyph{}, draw.BoxGlyph{}, polygon{4, 1.15, 1.15},
		polygon{10, 1.3, 0.6}}[shape%shapes]
}

// polygon is a filled glyph whose corners lie by turns at two distances from
// its middle, in radii: a diamond, or a star.
type polygon struct {
	corners      int
	even, uneven float64
}

// DrawGlyph begins with the corner at the top.
func (p polygon) DrawGlyph(c *draw.Canvas, style draw.GlyphStyle, at vg.Point) {
	var path vg.Path
	for i := range p.corners {
		distance := p.even
		if i%2 == 1 {
			distance = p.uneven
		}
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(p.corners))
		corner := vg.Point{X: at.X + style.Radius*vg.Length(distance*sin), Y: at.Y + style.Radius*vg.Length(distance*cos)}
		if i == 0 {
			path.Move(corner)
			continue
		}
		path.Line(corner)
	}
	path.Close()
	c.SetColor(style.Color)
	c.Fill(path)
}

// dashes are the lengths of a line's strokes and gaps; nil for a whole line.
func dashes(shape int) []vg.Length {
	return [][]vg.Length{nil, {vg.Points(6), vg.Points(2)}, {vg.Points(2), vg.Points(2)},
		{vg.Points(7), vg.Points(2), vg.Points(2), vg.Points(2)},
		{vg.Points(10), vg.Points(2), vg.Points(2), vg.Points(2), vg.Points(2), vg.Points(2)}}[shape%shapes]
}

package data

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"sync"

	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/framework/random"
)

// ShapesParams are the options of the generated dataset shapes.
type ShapesParams struct {
	Train     int     `yaml:"train" range:"[1,10000000]"`
	Test      int     `yaml:"test" range:"[1,10000000]"`
	Size      int     `yaml:"size" range:"[8,512]"`
	Colors    int     `yaml:"colors" range:"[0,10]"`
	Textures  int     `yaml:"textures" range:"[0,5]"`
	Rotation  float64 `yaml:"rotation" range:"[0,180]"`
	Noise     float64 `yaml:"noise" range:"[0,1]"`
	Seed      uint64  `yaml:"seed"`
	Cache     int64   `yaml:"cache_bytes" range:"[0,inf)"`
	Selection `yaml:",inline"`
}

// Validate reports a single color.
func (p *ShapesParams) Validate() error {
	if p.Colors == 1 {
		return config.Faultf("colors", "a shape of the only color cannot be seen on a background of it; give 2 or more")
	}
	return nil
}

func shapesFactory() Factory {
	return NewFactory("shapes",
		"Generated color images of one shape each, with known factors: shape (the label), color, texture, size, rotation, "+
			"position and background. Nothing is downloaded. Each image has a caption.",
		ShapesParams{
			Train: 5000, Test: 1000, Size: 32, Colors: 3, Textures: 2, Rotation: 25, Noise: 0.03, Seed: 1, Cache: 256 << 20,
		},
		func(_ context.Context, p ShapesParams, split Split, _ Env) (Dataset, error) {
			return Cached(NewShapes(p, split), p.Cache), nil
		})
}

// The values of the discrete factors, indexed by the fields of ShapeFactors.
var (
	ShapeNames = []string{"circle", "square", "triangle", "pentagon", "star", "cross", "ring", "heart",
		"crescent", "arrow"}
	ColorNames   = []string{"red", "orange", "yellow", "green", "cyan", "blue", "purple", "pink", "white", "gray"}
	TextureNames = []string{"solid", "striped", "checked", "dotted", "shaded"}
	SizeNames    = []string{"small", "medium", "large"}
)

// ShapeFactors are what an image of the dataset shapes was made from. All are drawn
// independently of each other and of the label, except that the color of the
// background differs from the color of the shape.
type ShapeFactors struct {
	Shape      int     // index into ShapeNames: the label
	Color      int     // index into ColorNames
	Background int     // index into ColorNames, not Color
	Texture    int     // index into TextureNames
	Size       int     // index into SizeNames: the third of the range in which Radius lies
	Radius     float64 // of the circle around the shape, as a fraction of the image's width: 0.32 to 0.46
	Rotation   float64 // radians
	X, Y       float64 // center, as a fraction of the image's width
}

// Caption describes the factors in words, such as "a small red striped star on a green background".
func (f ShapeFactors) Caption() string {
	return fmt.Sprintf("a %s %s %s %s on a %s background",
		SizeNames[f.Size], ColorNames[f.Color], TextureNames[f.Texture], ShapeNames[f.Shape], ColorNames[f.Background])
}

const (
	minRadius = 0.32
	maxRadius = 0.46
)

// Shapes is a split of the generated dataset. The image of an index depends on
// the options Size, Colors, Textures, Rotation, Noise and Seed, the split and the index alone.
type Shapes struct {
	params   ShapesParams
	split    Split
	painters sync.Pool // of *painter
	factors  []shapeFactor
}

// NewShapes returns a split of the dataset of those options, without a cache.
// Options that their ranges or Validate refuse make its methods panic; the
// dataset's Factory checks them.
func NewShapes(params ShapesParams, split Split) *Shapes {
	params.Colors = cmp.Or(params.Colors, len(ColorNames))
	params.Textures = cmp.Or(params.Textures, len(TextureNames))
	return &Shapes{
		params:   params,
		split:    split,
		factors:  shapeFactors(params.Colors, params.Textures),
		painters: sync.Pool{New: func() any { return newPainter(params.Size) }},
	}
}

// Len is the number of images of the split.
func (s *Shapes) Len() int {
	if s.split == Test {
		return s.params.Test
	}
	return s.params.Train
}

// Classes are the ShapeNames.
func (s *Shapes) Classes() []string { return ShapeNames }

// Label is the shape of image i. The classes take turns, so that each is equally frequent.
func (s *Shapes) Label(i int) int { return i % len(ShapeNames) }

// Caption describes the factors of image i.
func (s *Shapes) Caption(i int) string { return s.Drawn(i).Caption() }

// Drawn returns what image i is made from.
func (s *Shapes) Drawn(i int) ShapeFactors {
	var stream random.Stream
	return s.draw(i, &stream)
}

// Image paints image i. It never fails.
func (s *Shapes) Image(i int, dst *Image) error {
	p := s.painters.Get().(*painter)
	factors := s.draw(i, &p.stream)
	dst.Reset(s.params.Size, s.params.Size)
	p.paint([]ShapeFactors{factors}, s.params.Noise, dst)
	s.painters.Put(p)
	return nil
}

// draw draws the factors of image i and leaves the stream where painting goes on.
func (s *Shapes) draw(i int, stream *random.Stream) ShapeFactors {
	split := uint64(0)
	if s.split == Test {
		split = 1
	}
	stream.Reset(s.params.Seed, split, uint64(i))
	f := ShapeFactors{Shape: s.Label(i)}
	f.Color = stream.IntN(s.params.Colors)
	f.Background = (f.Color + 1 + stream.IntN(s.params.Colors-1)) % s.params.Colors
	f.Texture = stream.IntN(s.params.Textures)
	f.Radius = stream.Uniform(minRadius, maxRadius)
	f.Size = min(int((f.Radius-minRadius)/(maxRadius-minRadius)*3), 2)
	f.Rotation = stream.Uniform(-1, 1) * s.params.Rotation * math.Pi / 180
	f.X = stream.Uniform(f.Radius, 1-f.Radius)
	f.Y = stream.Uniform(f.Radius, 1-f.Radius)
	return f
}

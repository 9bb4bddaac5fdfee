package data

import (
	"math"

	"github.com/kontrast-ml/kontrast/framework/random"
)

// countNames are the classes of the data set counting.
var countNames = []string{"one shape", "two shapes", "three shapes", "four shapes", "five shapes", "six shapes",
	"seven shapes", "eight shapes", "nine shapes", "ten shapes"}

func countingFactory() Factory {
	return generatedFactory("counting",
		"Generated color images of one to ten shapes, whose number is the class. Shapes, colors, textures, sizes and places "+
			"tell nothing of it, and shapes do not touch. Nothing is downloaded.",
		64, countNames, func(params Generated) func(p *painter, label int, dst *Image) {
			return func(p *painter, label int, dst *Image) { p.paint(scattered(label+1, &p.stream), params.Noise, dst) }
		})
}

// The radius of the circle around a shape that is counted, as a fraction of the image's width.
const (
	leastCounted = 0.06
	mostCounted  = 0.1
)

// scattered draws shapes that do not touch, on a background that none has the color of.
func scattered(count int, stream *random.Stream) []ShapeFactors {
	background := stream.IntN(len(ColorNames))
	shapes := make([]ShapeFactors, 0, count)
	for tries := 0; len(shapes) < count; tries++ {
		f := ShapeFactors{
			Shape: stream.IntN(len(ShapeNames)), Color: (background + 1 + stream.IntN(len(ColorNames)-1)) % len(ColorNames),
			Background: background, Texture: stream.IntN(len(TextureNames)), Rotation: stream.Uniform(-math.Pi, math.Pi),
			Radius: stream.Uniform(leastCounted, mostCounted),
		}
		f.X, f.Y = stream.Uniform(f.Radius, 1-f.Radius), stream.Uniform(f.Radius, 1-f.Radius)
		free := true
		for _, other := range shapes {
			free = free && math.Hypot(f.X-other.X, f.Y-other.Y) > f.Radius+other.Radius+0.02
		}
		switch {
		case free:
			shapes = append(shapes, f)
		case tries > 200*count: // no room is left; others leave more
			shapes, tries = shapes[:0], 0
		}
	}
	return shapes
}

// Package gratings is a data set of sinusoidal gratings, generated without a
// download: the class is the orientation, while frequency, phase, contrast and
// colors vary. It shows all that a data set in a module of its own needs.
package gratings

import (
	"context"
	"fmt"
	"math"

	"github.com/kontrast-ml/kontrast"
	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/framework/random"
)

// Extensions are what kontrast build --with example.com/owndataset adds to kontrast.
// Interface is the version of the author's interface that this was written for.
func Extensions() kontrast.Extensions {
	return kontrast.Extensions{Interface: 2, Datasets: []data.Factory{Factory}}
}

// Params are the options, which configurations can change. The Selection gives
// the data set the options that all have: limit, classes and others.
type Params struct {
	Size         int `yaml:"size" range:"[8,1024]"`
	Train        int `yaml:"train" range:"[1,inf)"`
	Test         int `yaml:"test" range:"[1,inf)"`
	Orientations int `yaml:"orientations" range:"[2,180]"`

	data.Selection `yaml:",inline"`
}

// Docs documents the keys of Params.
func (Params) Docs() config.Docs {
	return config.Docs{
		"size":         {Doc: "height and width of the images in pixels"},
		"train":        {Doc: "images of the training split"},
		"test":         {Doc: "images of the test split"},
		"orientations": {Doc: "classes: orientations between 0° and 180°"},
	}
}

// Factory registers the data set.
var Factory = data.NewFactory(
	"gratings", "Sinusoidal gratings, made by this program: the class is the orientation; frequency, phase, contrast "+
		"and colors vary.",
	Params{Size: 32, Train: 2000, Test: 1000, Orientations: 8}, open,
)

func open(_ context.Context, p Params, split data.Split, _ data.Env) (data.Dataset, error) {
	return &gratings{p, split}, nil
}

type gratings struct {
	Params
	split data.Split
}

func (g *gratings) Len() int {
	if g.split == data.Test {
		return g.Test
	}
	return g.Train
}

// Classes are the orientations in degrees.
func (g *gratings) Classes() []string {
	names := make([]string, g.Orientations)
	for i := range names {
		names[i] = fmt.Sprintf("%.1f°", g.degrees(i))
	}
	return names
}

func (g *gratings) degrees(class int) float64 { return 180 * float64(class) / float64(g.Orientations) }

func (g *gratings) Label(i int) int { return i % g.Orientations }

func (g *gratings) Caption(i int) string {
	return fmt.Sprintf("a grating at %.1f degrees", g.degrees(g.Label(i)))
}

// Image paints image i. Its random numbers are those of the split and the index,
// so that they are the same whenever it is asked for.
func (g *gratings) Image(i int, dst *data.Image) error {
	split := uint64(0)
	if g.split == data.Test {
		split = 1
	}
	stream := random.New(1, split, uint64(i))
	angle := g.degrees(g.Label(i)) * math.Pi / 180
	frequency, phase := stream.Uniform(2, 6)*2*math.Pi/float64(g.Size), stream.Uniform(0, 2*math.Pi)
	var dark, bright [3]float64
	for c := range dark {
		dark[c], bright[c] = stream.Uniform(0, 110), stream.Uniform(145, 255)
	}
	dst.Reset(g.Size, g.Size)
	for y := range g.Size {
		for x := range g.Size {
			along := float64(x)*math.Cos(angle) + float64(y)*math.Sin(angle)
			weight := (1 + math.Sin(frequency*along+phase)) / 2
			for c := range dark {
				dst.Pix[3*(y*g.Size+x)+c] = uint8(dark[c] + weight*(bright[c]-dark[c]))
			}
		}
	}
	return nil
}

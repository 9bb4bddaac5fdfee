package data

import (
	"context"
	"sync"
)

// Generated are the options of the generated data sets counting, textures and digits.
type Generated struct {
	Train     int     `yaml:"train" range:"[1,10000000]"`
	Test      int     `yaml:"test" range:"[1,10000000]"`
	Size      int     `yaml:"size" range:"[16,512]"`
	Noise     float64 `yaml:"noise" range:"[0,1]"`
	Seed      uint64  `yaml:"seed"`
	Cache     int64   `yaml:"cache_bytes" range:"[0,inf)"`
	Selection `yaml:",inline"`
}

// generated is a split of images that are made one by one. The classes take
// turns; an image depends on the options, the split and its index alone.
type generated struct {
	params   Generated
	split    Split
	classes  []string
	paint    func(p *painter, label int, dst *Image) // with the stream of the painter
	painters sync.Pool                               // of *painter
}

func newGenerated(
	params Generated, split Split, classes []string, paint func(p *painter, label int, dst *Image),
) *generated {
	return &generated{
		params: params, split: split, classes: classes, paint: paint,
		painters: sync.Pool{New: func() any { return newPainter(params.Size) }},
	}
}

// generatedFactory makes the factory of a generated data set.
func generatedFactory(
	name, doc string, size int, classes []string, paint func(params Generated) func(p *painter, label int, dst *Image),
) Factory {
	return NewFactory(name, doc, Generated{Train: 5000, Test: 1000, Size: size, Noise: 0.03, Seed: 1, Cache: 256 << 20},
		func(_ context.Context, p Generated, split Split, _ Env) (Dataset, error) {
			return Cached(newGenerated(p, split, classes, paint(p)), p.Cache), nil
		})
}

func (g *generated) Len() int {
	if g.split == Test {
		return g.params.Test
	}
	return g.params.Train
}

func (g *generated) Classes() []string  { return g.classes }
func (g *generated) Label(i int) int    { return i % len(g.classes) }
func (g *generated) Caption(int) string { return "" }

func (g *generated) Image(i int, dst *Image) error {
	p := g.painters.Get().(*painter)
	split := uint64(0)
	if g.split == Test {
		split = 1
	}
	p.stream.Reset(g.params.Seed, split, uint64(i))
	dst.Reset(g.params.Size, g.params.Size)
	g.paint(p, g.Label(i), dst)
	g.painters.Put(p)
	return nil
}

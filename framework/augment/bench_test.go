package augment

import (
	"testing"

	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/framework/random"
)

// photo is a smooth image with noise, of that size.
func photo(width, height int) *data.Image {
	m := &data.Image{}
	m.Reset(width, height)
	r := random.New(uint64(width))
	for y := range height {
		for x := range width {
			for c := range 3 {
				m.Pix[3*(y*width+x)+c] = uint8(255*(x*(c+1)/width+y)/(height+3) + r.IntN(20))
			}
		}
	}
	return m
}

func benchmark(b *testing.B, recipe string, size int, sources ...*data.Image) {
	p, err := Compile(mustNamed(b, recipe, size), data.ImageNet)
	if err != nil {
		b.Fatal(err)
	}
	var (
		stream  random.Stream
		scratch Scratch
	)
	dst := make([][]float32, p.Views())
	for v, size := range p.Sizes() {
		dst[v] = make([]float32, 3*size*size)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		v := i % p.Views()
		stream.Reset(1, 0, uint64(i), uint64(v))
		if err := p.Apply(dst[v], sources[i%len(sources)], v, &stream, &scratch); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "views/s")
}

func BenchmarkSimCLR32(b *testing.B)      { benchmark(b, "simclr", 32, photo(32, 32)) }
func BenchmarkSimCLRCIFAR32(b *testing.B) { benchmark(b, "simclr-cifar", 32, photo(32, 32)) }
func BenchmarkSimCLR224(b *testing.B) {
	benchmark(b, "simclr", 224, photo(256, 256), photo(400, 300), photo(375, 500), photo(500, 375))
}
func BenchmarkMoCov2224(b *testing.B) { benchmark(b, "mocov2", 224, photo(400, 300), photo(375, 500)) }
func BenchmarkDINO224(b *testing.B)   { benchmark(b, "dino", 224, photo(400, 300), photo(375, 500)) }
func BenchmarkNone32(b *testing.B)    { benchmark(b, "none", 32, photo(32, 32)) }

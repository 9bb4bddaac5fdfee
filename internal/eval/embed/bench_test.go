package embed_test

import (
	"slices"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/backbones"
	"github.com/kontrast-ml/kontrast/framework/augment"
	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/internal/eval/embed"
	"github.com/kontrast-ml/kontrast/internal/loader"
	"github.com/kontrast-ml/kontrast/internal/testbackend"
)

// decoded are images in memory.
type decoded []*data.Image

func (d decoded) Len() int           { return len(d) }
func (d decoded) Classes() []string  { return []string{"one"} }
func (d decoded) Label(int) int      { return 0 }
func (d decoded) Caption(int) string { return "" }

func (d decoded) Image(i int, dst *data.Image) error {
	dst.Reset(d[i].Width, d[i].Height)
	copy(dst.Pix, d[i].Pix)
	return nil
}

// BenchmarkFeatures measures what evaluations wait for: a network's features of 2,048
// images in memory, beside the forward passes alone, of one batch again and again.
func BenchmarkFeatures(b *testing.B) {
	const count, batch, size = 2048, 256, 32
	for _, name := range []string{"resnet20", "resnet18", "vit"} {
		network := newNetwork(b, name, size)
		pass := func(pixels []float32) {
			if _, err := network.Embed(tensors.FromFlatDataAndDimensions(pixels, batch, size, size, 3)); err != nil {
				b.Fatal(err)
			}
		}
		pass(make([]float32, batch*size*size*3)) // compiles
		images := make(decoded, count)
		for i := range images {
			images[i] = new(data.Image)
			images[i].Reset(size, size)
			for k := range images[i].Pix {
				images[i].Pix[k] = uint8(31*i + 7*k)
			}
		}
		b.Run(name+"/features", func(b *testing.B) {
			passes := newPasses(b, images, size, batch)
			for b.Loop() {
				if _, err := network.Images(b.Context(), passes); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N*count)/b.Elapsed().Seconds(), "images/s")
		})
		b.Run(name+"/forward", func(b *testing.B) {
			pixels := make([]float32, batch*size*size*3)
			for k := range pixels {
				pixels[k] = float32(k%255)/127.5 - 1
			}
			for b.Loop() {
				for range count / batch {
					pass(pixels)
				}
			}
			b.ReportMetric(float64(b.N*count)/b.Elapsed().Seconds(), "images/s")
		})
	}
}

func newNetwork(b *testing.B, name string, size int) *embed.Network {
	b.Helper()
	all := backbones.Builtin()
	factory := all[slices.IndexFunc(all, func(f backbones.Factory) bool { return f.Name == name })]
	backbone, err := factory.New(factory.Defaults(), size, 3)
	if err != nil {
		b.Fatal(err)
	}
	forward := func(online *model.Scope, images *graph.Node) *graph.Node {
		return backbone.Embed(online.At("backbone"), images)
	}
	network, err := embed.New(testbackend.New(b), model.NewStore(), forward)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(network.Close)
	return network
}

func newPasses(b *testing.B, images decoded, size, batch int) *loader.Loader {
	b.Helper()
	recipe, err := augment.Named("none", size)
	if err != nil {
		b.Fatal(err)
	}
	plain, err := augment.Compile(recipe, data.ImageNet)
	if err != nil {
		b.Fatal(err)
	}
	passes, err := loader.New(images, plain, loader.Evaluation(batch))
	if err != nil {
		b.Fatal(err)
	}
	return passes
}

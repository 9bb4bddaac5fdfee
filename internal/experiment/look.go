package experiment

import (
	"context"
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/backbones"
	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/internal/eval/embed"
	"github.com/kontrast-ml/kontrast/internal/loader"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// Look is the frozen network of a recorded run with the images of its test
// split, opened for figures. Nothing is recorded. Close it after use.
type Look struct {
	Run     store.Run
	session *session
}

// Look opens the latest checkpoint of a run, or the untrained backbone of a
// baseline, with the images that the run was made with. The changes may say
// where those are now.
func (r *Runner) Look(ctx context.Context, id int64, changes Changes) (*Look, error) {
	run, err := r.Store.Run(ctx, id)
	if err != nil {
		return nil, err
	}
	s, err := r.reopened(ctx, run, changes)
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", run.Name, err)
	}
	if _, err := s.load(ctx, run); err != nil {
		s.close()
		return nil, err
	}
	return &Look{run, s}, nil
}

// Close gives back what the network holds.
func (l *Look) Close() { l.session.close() }

// Classes are the names of the classes, by their labels; nil for none.
func (l *Look) Classes() []string { return l.session.images.test.Classes() }

// Spread are the indices of at most n images of the test split, evenly spaced:
// of those that several samples show, the first sample.
func (l *Look) Spread(n int) []int {
	set, samples := data.OnePerImage(l.session.images.test)
	n = min(n, set.Len())
	chosen := make([]int, n)
	for i := range chosen {
		chosen[i] = i * set.Len() / n
	}
	return originals(samples, chosen)
}

// Embed embeds the images of test samples, not augmented. Its Indices are those
// of the split; samples that can't be read are missing.
func (l *Look) Embed(ctx context.Context, samples []int) (embed.Images, error) {
	images, err := l.session.embedBy(ctx, l.session.images, data.Test, picked{l.session.images.test, samples})
	if err != nil {
		return images, err
	}
	images.Indices = originals(samples, images.Indices)
	return images, nil
}

// Image is the image of a test sample, as the data set has it.
func (l *Look) Image(sample int) (data.Image, error) {
	var image data.Image
	err := l.session.images.test.Image(sample, &image)
	return image, err
}

// Label is the class of a test sample; -1 for none.
func (l *Look) Label(sample int) int { return l.session.images.test.Label(sample) }

// Factor returns what is known of a factor of variation, or false if the data
// set has none of that name; known are the names there are.
func (l *Look) Factor(name string) (info data.FactorInfo, of func(sample int) float64, known []string, found bool) {
	factors, ok := data.FactorsOf(l.session.images.test)
	if !ok {
		return info, nil, nil, false
	}
	for f, one := range factors.Factors() {
		known = append(known, one.Name)
		if one.Name == name {
			info, found = one, true
			of = func(sample int) float64 { return factors.Factor(sample, f) }
		}
	}
	return info, of, known, found
}

// Attention is how much the class token of a transformer attends to each patch
// of an image.
type Attention struct {
	Sample        int
	Image         data.Image  // as the network sees it
	Rows, Columns int         // of patches
	Heads         [][]float64 // by head and patch, row by row; with the class token's own they sum to 1
}

// Attention returns that of a block, counted from 1, or of the last if it is 0,
// for test samples. It is an error if the backbone has no class token.
func (l *Look) Attention(ctx context.Context, samples []int, block int) ([]Attention, error) {
	s := l.session
	network, err := l.transparent("class token")
	if err != nil {
		return nil, err
	}
	if err := network.Anatomy().CheckBlock(block); err != nil {
		return nil, err
	}
	look, err := embed.New(s.Backend, s.store, func(online *model.Scope, images *graph.Node) *graph.Node {
		return network.ClassAttention(online.At("backbone"), images, block)
	})
	if err != nil {
		return nil, err
	}
	defer look.Close()
	batches, err := loader.New(picked{s.images.test, samples}, s.images.plain, loader.Evaluation(len(samples)))
	if err != nil {
		return nil, err
	}
	var all []Attention
	for batch, err := range batches.Batches(ctx, 0, 0) {
		if err != nil {
			return nil, err
		}
		size := batch.Sizes[0]
		weights, err := look.Values(tensors.FromFlatDataAndDimensions(batch.Views[0], len(batch.Indices), size, size, 3))
		if err != nil {
			return nil, err
		}
		for row := range batch.Count {
			one := attentionOf(weights, row)
			one.Sample = samples[batch.Indices[row]]
			one.Image = s.images.picture(batch.Views[0][row*size*size*3:(row+1)*size*size*3], size)
			all = append(all, one)
		}
		batch.Release()
	}
	return all, nil
}

// attentionOf takes an image's maps out of the weights [N, heads, rows, columns].
func attentionOf(weights *embed.Values, image int) Attention {
	heads, rows, columns := weights.Dims[1], weights.Dims[2], weights.Dims[3]
	one := Attention{Rows: rows, Columns: columns}
	for h := range heads {
		from := (image*heads + h) * rows * columns
		one.Heads = append(one.Heads, float64s(weights.Data[from:from+rows*columns]))
	}
	return one
}

func float64s(from []float32) []float64 {
	to := make([]float64, len(from))
	for i, v := range from {
		to[i] = float64(v)
	}
	return to
}

// Positions are the cosine similarities of position embeddings.
type Positions struct {
	Kind          string // of the embeddings, such as learned-1d
	Rows, Columns int    // of patches
	// Similarities are those of each patch's embedding with every other's, [patches][patches].
	// Relative embeddings are of distances: the similarity is that of the distance between
	// two patches with the distance 0, the mean over the blocks.
	Similarities [][]float64
}

// Positions returns the similarities of the position embeddings; an error if
// the backbone has none.
func (l *Look) Positions() (*Positions, error) {
	s := l.session
	network, err := l.transparent("position embeddings")
	if err != nil {
		return nil, err
	}
	anatomy := network.Anatomy()
	if err := anatomy.CheckPositions(); err != nil {
		return nil, err
	}
	look, err := embed.New(s.Backend, s.store, func(online *model.Scope, images *graph.Node) *graph.Node {
		return network.PositionSimilarities(online.At("backbone"), images.Graph())
	})
	if err != nil {
		return nil, err
	}
	defer look.Close()
	values, err := look.Values(tensors.FromFlatDataAndDimensions([]float32{0}, 1))
	if err != nil {
		return nil, err
	}
	found := &Positions{Kind: anatomy.Positions, Rows: anatomy.Rows, Columns: anatomy.Columns}
	patches := anatomy.Rows * anatomy.Columns
	for p := range patches {
		found.Similarities = append(found.Similarities, float64s(values.Data[p*patches:(p+1)*patches]))
	}
	return found, nil
}

// transparent is the backbone, if it is a vision transformer.
func (l *Look) transparent(needed string) (backbones.Transparent, error) {
	if network, ok := l.session.backbone.(backbones.Transparent); ok {
		return network, nil
	}
	return nil, refusal{fmt.Errorf("run %s: its backbone, %s, has no %s", l.Run.Name, l.Run.Backbone, needed),
		"choose a run with a vision transformer: vit, vit-ti, vit-s, vit-b, vit-l or clip-vit"}
}

// picked are some samples of a data set.
type picked struct {
	data.Dataset
	samples []int
}

// Below implements [data.Layer].
func (p picked) Below() data.Dataset { return p.Dataset }

// Origin implements [data.Layer].
func (p picked) Origin(i int) int { return p.samples[i] }

func (p picked) Len() int                             { return len(p.samples) }
func (p picked) Label(i int) int                      { return p.Dataset.Label(p.samples[i]) }
func (p picked) Caption(i int) string                 { return p.Dataset.Caption(p.samples[i]) }
func (p picked) Image(i int, image *data.Image) error { return p.Dataset.Image(p.samples[i], image) }

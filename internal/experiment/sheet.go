package experiment

import (
	"context"
	"fmt"

	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/internal/loader"
)

// Sheet is what a recipe makes of some training images.
type Sheet struct {
	Recipe  string
	Dataset string
	Samples []SheetSample
}

// SheetSample is a training image with its views, all as 8-bit pictures.
type SheetSample struct {
	Index    int // in the training split
	Original data.Image
	Views    []data.Image
}

// Views makes the views that the first samples of the plan's training split have
// in the first epoch of its training, without any training.
func (p *Plan) Views(ctx context.Context, env data.Env, samples int) (*Sheet, error) {
	im, err := openImages(ctx, p, env)
	if err != nil {
		return nil, err
	}
	samples = min(samples, im.training.Len())
	batches, err := loader.New(im.training, im.views, loader.Config{Batch: samples, Seed: p.Spec.Seed, Epochs: 1})
	if err != nil {
		return nil, err
	}
	sheet := &Sheet{Recipe: im.recipe, Dataset: p.Spec.Dataset.Name}
	for batch, err := range batches.Batches(ctx, 0, 0) {
		if err != nil {
			return nil, err
		}
		for row := range batch.Count {
			sample := SheetSample{Index: int(batch.Indices[row])}
			if err := im.training.Image(sample.Index, &sample.Original); err != nil {
				return nil, fmt.Errorf("view of sample %d: %w", sample.Index, err)
			}
			for v, pixels := range batch.Views {
				size := batch.Sizes[v]
				sample.Views = append(sample.Views, im.picture(pixels[row*size*size*3:(row+1)*size*size*3], size))
			}
			sheet.Samples = append(sheet.Samples, sample)
		}
		return sheet, nil
	}
	return sheet, nil
}

// picture undoes the normalization of a view.
func (im *images) picture(pixels []float32, size int) data.Image {
	var out data.Image
	out.Reset(size, size)
	for i, x := range pixels {
		channel := i % 3
		value := float64(x)*im.normalization.Std[channel] + im.normalization.Mean[channel]
		out.Pix[i] = uint8(max(0, min(255, 255*value+0.5)))
	}
	return out
}

package experiment

import (
	"context"
	"fmt"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/kontrast-ml/kontrast/framework/augment"
	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/internal/eval"
	"github.com/kontrast-ml/kontrast/internal/loader"
)

// elsewhere measures the frozen backbone on the other data sets that the
// configuration names, by the same protocols.
func (e *evaluation) elsewhere(ctx context.Context) (none []*eval.Result, err error) {
	for _, other := range e.plan.Others {
		if err := e.on(ctx, other); err != nil {
			return nil, fmt.Errorf("evaluation on %s: %w", other.Choice.Name, err)
		}
	}
	return nil, nil
}

// on measures on one data set, whose images are resized to what the backbone
// was trained on, and normalized as imported weights want it or else by the
// statistics of their own training split.
func (e *evaluation) on(ctx context.Context, other Other) error {
	images, err := other.images(ctx, e.Data, e.images, e.fixed)
	if err != nil {
		return err
	}
	if err := e.recordOmissions(ctx, other.name(), images); err != nil {
		return err
	}
	training, err := e.embeddedBy(ctx, other.name(), images, data.Train, images.training)
	if err != nil {
		return err
	}
	test, err := e.embeddedBy(ctx, other.name(), images, data.Test, images.test)
	if err != nil {
		return err
	}
	in := e.input(training, test, images)
	in.Dataset = other.name()
	if other.path() != "" { // numbers of other images are others
		content, err := contentOf(ctx, images.training, images.test)
		if err != nil {
			return err
		}
		in.Dataset += "@" + content[:8]
	}
	return eval.Measure(ctx, in, e.plan.Spec.Eval.Protocols, func(r *eval.Result) error {
		r.Samples = test.Indices
		return e.keep(ctx, r)
	})
}

// images opens the data set for evaluation as images like others, with a
// normalization or, if it is nil, its own.
func (o Other) images(
	ctx context.Context, env data.Env, like *images, fixed *data.Normalization,
) (im *images, err error) {
	if im, err = o.open(ctx, env); err != nil {
		return nil, err
	}
	im.size, im.preprocessing = like.size, like.preprocessing
	if fixed != nil {
		im.normalization = *fixed
	} else if im.normalization, err = data.Measure(ctx, im.training, measured); err != nil {
		return nil, err
	}
	return im, im.compilePlain()
}

// open opens the splits of the data set.
func (o Other) open(ctx context.Context, env data.Env) (im *images, err error) {
	im = &images{}
	if im.training, err = o.Factory.Open(ctx, o.Choice.Params, data.Train, env); err != nil {
		return nil, err
	}
	if im.test, err = o.Factory.Open(ctx, o.Choice.Params, data.Test, env); err != nil {
		return nil, err
	}
	im.digest()
	im.classes = len(im.training.Classes())
	return im, nil
}

// viewSeed is that of the random views that label-free measures look at: not
// the seed of the run, so that all runs are measured on the same views.
const viewSeed = 1

// viewed embeds random views of the first samples of the test split.
func (e *evaluation) viewed(ctx context.Context, images *images, samples, views int) ([]eval.Features, error) {
	recipe, err := augment.Named("simclr", images.size)
	if err != nil {
		return nil, err
	}
	pipeline, err := augment.Compile(recipe, images.normalization)
	if err != nil {
		return nil, err
	}
	samples = min(samples, images.test.Len())
	each := len(recipe.Sizes())
	made, err := loader.New(beginning{images.test, samples}, pipeline, loader.Config{
		Batch: min(e.plan.Spec.Eval.BatchSize, samples), Seed: viewSeed, Epochs: (views + each - 1) / each,
		Workers: e.plan.Spec.Train.Workers,
	})
	if err != nil {
		return nil, err
	}
	out := make([]eval.Features, views)
	for batch, err := range made.Batches(ctx, 0, 0) {
		if err != nil {
			return nil, err
		}
		if err := e.addViews(out, batch, each); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// beginning is the first samples of a data set.
type beginning struct {
	data.Dataset
	samples int
}

func (b beginning) Len() int { return b.samples }

// addViews embeds the views of a batch, as long as there are not enough.
func (e *evaluation) addViews(out []eval.Features, batch *loader.Batch, each int) error {
	defer batch.Release()
	for v, view := range batch.Views {
		j := batch.Epoch*each + v
		if j >= len(out) {
			continue
		}
		size := batch.Sizes[v]
		embedded, err := e.features.Embed(tensors.FromFlatDataAndDimensions(view, len(batch.Indices), size, size, 3))
		if err != nil {
			return err
		}
		out[j].Dim = embedded.Dim
		out[j].Data = append(out[j].Data, embedded.Data[:batch.Count*embedded.Dim]...)
	}
	return nil
}

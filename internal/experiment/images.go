package experiment

import (
	"cmp"
	"context"
	"fmt"

	"github.com/kontrast-ml/kontrast/framework/augment"
	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/internal/loader"
)

// images are the splits of a data set and how views of them are made.
type images struct {
	training, test data.Dataset
	// trainingPixels and testPixels note what is read of them.
	trainingPixels, testPixels *data.Digest
	classes                    int
	size                       int    // of the views
	preprocessing              string // recipe of evaluated images; empty for none, that of all trainings
	sizeNote                   string // how it was chosen; "" if there is nothing to say
	recipe                     string
	made                       augment.Recipe // of the training's views; empty for a baseline
	normalization              data.Normalization
	views                      *augment.Pipeline // for training; nil for a baseline
	captioned                  bool              // whether training needs captions
	plain                      *augment.Pipeline // for evaluation
}

// measured is the number of images that the normalization is measured on.
const measured = 5000

// openImages opens the plan's data set and makes what its views come from.
func openImages(ctx context.Context, plan *Plan, env data.Env) (*images, error) {
	im, err := openSplits(ctx, plan, env)
	if err != nil {
		return nil, err
	}
	return im, im.normalize(ctx, plan)
}

// openSplits opens the plan's data set.
func openSplits(ctx context.Context, plan *Plan, env data.Env) (*images, error) {
	im := &images{}
	var err error
	if im.training, err = plan.open(ctx, data.Train, env); err != nil {
		return nil, err
	}
	if im.test, err = plan.open(ctx, data.Test, env); err != nil {
		return nil, err
	}
	im.digest()
	im.classes, im.preprocessing = len(im.training.Classes()), plan.preprocessing
	if im.size, im.sizeNote, err = viewSize(im.training, plan.Spec.Views.Size); err != nil {
		return nil, err
	}
	if plan.Frozen {
		return im, nil
	}
	im.recipe, im.made = "custom", augment.Recipe{Views: plan.Spec.Views.Custom}
	if len(im.made.Views) == 0 {
		im.recipe = plan.recipe(im.size)
		im.made, err = augment.Named(im.recipe, im.size)
	}
	return im, err
}

// digest notes what is read of the splits from now on.
func (im *images) digest() {
	im.trainingPixels, im.testPixels = data.Digested(im.training), data.Digested(im.test)
	im.training, im.test = im.trainingPixels, im.testPixels
}

// normalize takes the normalization that is given, or measures it, which reads
// many images, and makes the pipelines.
func (im *images) normalize(ctx context.Context, plan *Plan) (err error) {
	if given := plan.Spec.Views.Normalization; given != nil {
		im.normalization = *given
	} else if im.normalization, err = data.Measure(ctx, im.training, measured); err != nil {
		return err
	}
	if err = im.compilePlain(); err != nil || len(im.made.Views) == 0 {
		return err
	}
	im.views, err = augment.Compile(im.made, im.normalization)
	return err
}

// compilePlain makes the pipeline of evaluated images.
func (im *images) compilePlain() error {
	plain, err := augment.Named(cmp.Or(im.preprocessing, "none"), im.size)
	if err == nil {
		im.plain, err = augment.Compile(plain, im.normalization)
	}
	return err
}

// recipe names the views of the plan's training.
func (p *Plan) recipe(size int) string {
	if _, named := p.Spec.Views.recipeOf(); p.Spec.Views.Recipe != AutoRecipe && !named {
		return p.Spec.Views.Recipe
	}
	return p.viewed.RecipeFor(size)
}

// train returns the loader of the training's batches.
func (im *images) train(spec Spec) (*loader.Loader, error) {
	views := or(spec.Seeds.Views, spec.Seed)
	return loader.New(im.training, im.views, loader.Config{
		Batch: spec.Train.BatchSize, Seed: or(spec.Seeds.Order, spec.Seed), ViewSeed: &views, Epochs: spec.Train.Epochs,
		Workers: spec.Train.Workers, Shuffle: true, DropLast: true, Captions: im.captioned,
	})
}

// pass returns the loader of one pass over a split without augmentation.
func (im *images) pass(split data.Dataset, spec Spec) (*loader.Loader, error) {
	return loader.New(split, im.plain, loader.Evaluation(min(spec.Eval.BatchSize, split.Len())))
}

// describe says what evaluated images go through, for a protocol.
func (im *images) describe() string {
	if im.preprocessing != "" {
		return fmt.Sprintf("%s, %s", plainImages(im.size), im.preprocessing)
	}
	return plainImages(im.size)
}

func plainImages(size int) string { return fmt.Sprintf("%d×%[1]d, not augmented", size) }

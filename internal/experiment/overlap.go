package experiment

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/internal/eval"
	"github.com/kontrast-ml/kontrast/internal/eval/embed"
	"github.com/kontrast-ml/kontrast/internal/overlap"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// Overlap is a search for images of the training split of a data set in the test
// split of another, or the same.
type Overlap struct {
	Training, Test Other
	Limits         overlap.Limits
	// Model is a run whose features tell near-duplicates, too; nil for none.
	Model *store.Run
	// Similarity is the cosine of features from which images count as nearly the same, in (0, 1].
	Similarity float64
}

// Overlap finds near-duplicates and records them.
func (r *Runner) Overlap(ctx context.Context, o Overlap) (*store.Overlap, error) {
	training, err := o.Training.Factory.Open(ctx, o.Training.Choice.Params, data.Train, r.Data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.Training.name(), err)
	}
	test, err := o.Test.Factory.Open(ctx, o.Test.Choice.Params, data.Test, r.Data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.Test.name(), err)
	}
	found := &store.Overlap{
		Training: o.Training.name(), Test: o.Test.name(), TrainingSamples: training.Len(), TestSamples: test.Len(),
	}
	settings := map[string]any{"bits": o.Limits.Bits, "difference": o.Limits.Difference}
	if o.Model != nil {
		settings["model"], settings["similarity"] = o.Model.Name, o.Similarity
	}
	if found.Settings, err = json.Marshal(settings); err != nil {
		return nil, err
	}
	if found.TrainingPrint, err = data.Fingerprint(ctx, training); err != nil {
		return nil, err
	}
	if found.TestPrint, err = data.Fingerprint(ctx, test); err != nil {
		return nil, err
	}
	known, err := overlap.Prints(ctx, training)
	if err != nil {
		return nil, err
	}
	looked, err := overlap.Prints(ctx, test)
	if err != nil {
		return nil, err
	}
	for _, pair := range overlap.Find(known, looked, o.Limits) {
		found.Pairs = append(found.Pairs, store.OverlapPair{
			Test: pair.Test, Training: pair.Training, Kind: string(pair.Kind), Bits: pair.Bits,
		})
	}
	if o.Model != nil {
		if err := r.overlapByFeatures(ctx, o, found, known, looked); err != nil {
			return nil, err
		}
	}
	for i := range found.Pairs {
		p := &found.Pairs[i]
		p.TestName, p.TrainingName = nameOf(test, p.Test), nameOf(training, p.Training)
	}
	return found, r.Store.SetOverlap(ctx, *found)
}

// overlapByFeatures adds the pairs that features tell and the hash does not, and
// says of the others how alike their features are.
func (r *Runner) overlapByFeatures(
	ctx context.Context, o Overlap, found *store.Overlap, known, looked []overlap.Print,
) error {
	session, err := r.reopened(ctx, *o.Model, Changes{})
	if err != nil {
		return err
	}
	defer session.close()
	if _, err := session.load(ctx, *o.Model); err != nil {
		return err
	}
	embedded := func(other Other, split data.Split) (embed.Images, error) {
		images, err := other.images(ctx, r.Data, session.images, session.fixed)
		if err != nil {
			return embed.Images{}, err
		}
		set := images.training
		if split == data.Test {
			set = images.test
		}
		return session.embedBy(ctx, images, split, set)
	}
	training, err := embedded(o.Training, data.Train)
	if err != nil {
		return err
	}
	test, err := embedded(o.Test, data.Test)
	if err != nil {
		return err
	}
	nearest, cosine, err := eval.MostSimilar(ctx, test.Features, training.Features)
	if err != nil {
		return err
	}
	for row, at := range nearest {
		sample, other := test.Indices[row], training.Indices[at]
		i := slices.IndexFunc(found.Pairs, func(p store.OverlapPair) bool { return p.Test == sample })
		switch {
		case i >= 0 && found.Pairs[i].Training == other:
			found.Pairs[i].Similarity = float64(cosine[row])
		case i < 0 && float64(cosine[row]) >= o.Similarity:
			found.Pairs = append(found.Pairs, store.OverlapPair{
				Test: sample, Training: other, Kind: string(overlap.ByFeatures), Bits: looked[sample].Bits(&known[other]),
				Similarity: float64(cosine[row]),
			})
		}
	}
	slices.SortFunc(found.Pairs, func(a, b store.OverlapPair) int { return a.Test - b.Test })
	return nil
}

// nameOf is the file of a sample; empty for none.
func nameOf(set data.Dataset, sample int) string {
	named, origin, ok := data.Find[data.Identified](set)
	if !ok {
		return ""
	}
	name, _ := named.Identity(origin(sample))
	return name
}

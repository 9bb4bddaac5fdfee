package experiment

import (
	"slices"
	"testing"

	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// losses are the losses of a run of a few steps.
func losses(t *testing.T, text string) []float64 {
	t.Helper()
	r := newRunner(t)
	_, err := r.Run(t.Context(), resolve(t, tiny+text))
	if err != nil {
		t.Fatal(err)
	}
	curves, err := r.Store.Curves(t.Context(), "loss", store.Filter{})
	if err != nil || len(curves) != 1 {
		t.Fatalf("%d curves, %v", len(curves), err)
	}
	return curves[0].Values
}

func TestSeedsChangeOneThingEach(t *testing.T) {
	plain := losses(t, "method: toy\nseed: 3")
	if same := losses(t, "method: toy\nseed: 9\nseeds: {weights: 3, order: 3, views: 3}"); !slices.Equal(plain, same) {
		t.Errorf("losses %v with all seeds given, %v with the one", same, plain)
	}
	for _, seeds := range []string{"{weights: 4}", "{order: 4}", "{views: 4}"} {
		if other := losses(t, "method: toy\nseed: 3\nseeds: "+seeds); slices.Equal(plain, other) {
			t.Errorf("seeds %s change nothing", seeds)
		}
	}
}

// Configurations from before there were seeds keep their hash.
func TestSeedsThatAreNotGivenDontChangeTheHash(t *testing.T) {
	spec := resolve(t, tiny+"method: toy").Spec
	doc, err := config.Parse("stored", config.Canonical(spec))
	if err != nil {
		t.Fatal(err)
	}
	old := doc.Hash(append(slices.Clip(without), "seeds")...)
	if got := config.Hash(spec, unhashed(spec.Seeds)...); got != old {
		t.Errorf("the hash is %s, was %s", got, old)
	}
	four := uint64(4)
	spec.Seeds.Order = &four
	if config.Hash(spec, unhashed(spec.Seeds)...) == old {
		t.Error("a seed of the order makes no setting of its own")
	}
}

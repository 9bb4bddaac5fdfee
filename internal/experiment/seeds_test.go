package experiment

import (
	"encoding/json"
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
	hash := func(spec Spec, without ...string) string {
		var doc map[string]any
		if err := json.Unmarshal(config.Canonical(spec), &doc); err != nil {
			t.Fatal(err)
		}
		for _, key := range without {
			delete(doc, key)
		}
		text, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		got, err := store.ConfigHash(text, store.Identity{})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	spec := resolve(t, tiny+"method: toy").Spec
	old := hash(spec, "seeds")
	if got := hash(spec); got != old {
		t.Errorf("the hash is %s, was %s", got, old)
	}
	four := uint64(4)
	spec.Seeds.Order = &four
	if hash(spec) == old {
		t.Error("a seed of the order makes no setting of its own")
	}
}

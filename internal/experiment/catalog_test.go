package experiment

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// faultPaths are the keys that an error finds fault with.
func faultPaths(t *testing.T, err error) (paths []string) {
	t.Helper()
	var faults config.Faults
	if !errors.As(err, &faults) {
		t.Fatalf("error %v, want faults", err)
	}
	for _, fault := range faults {
		paths = append(paths, fault.Path)
	}
	return paths
}

func TestResolveReportsTheFaultsOfEverySectionAtOnce(t *testing.T) {
	_, err := newCatalog(t).Resolve(parse(t, `
method: {name: toy, weight: -1, wieght: 2}
backbone: resnet9
dataset: {name: shapes, train: 0}
train: {batch_size: 1, learning_rate: {warmup_epochs: 50}}
views: {recipe: mocov9}
evil: {}
`), Defaults())
	got := faultPaths(t, err)
	slices.Sort(got)
	want := []string{"backbone", "dataset.train", "evil", "method.weight", "method.wieght", "train.batch_size",
		"train.learning_rate.warmup_epochs", "views.recipe"}
	if !slices.Equal(got, want) {
		t.Errorf("faults of %q, want %q", got, want)
	}
}

func TestResolveChecksTheBatchByTheMethod(t *testing.T) {
	_, err := newCatalog(t).Resolve(parse(t, "method: {name: toy, parts: 3}\ntrain: {batch_size: 16}"), Defaults())
	if got := faultPaths(t, err); !slices.Equal(got, []string{"method.parts"}) {
		t.Errorf("faults of %q, want one of method.parts", got)
	}
}

func TestResolveReportsPartsThatDoNotFit(t *testing.T) {
	for text, want := range map[string]string{
		"method: toy\nviews: {recipe: supervised}": "test.yaml:2:17: views.recipe: 1 view of a sample " +
			"is made, and method toy compares 2; choose a recipe with more, or auto for its own",
		"method: toy\nviews: {custom: [{size: 8}]}": "test.yaml:2:17: views.custom: 1 view of a sample " +
			"is made, and method toy compares 2",
		"method: toy\nbackbone: clip-text": "test.yaml:2:11: backbone: clip-text embeds " +
			"tokens, not images; choose another",
		"method: toy\nseed: 9223372036854775808": "test.yaml:2:7: seed: 9223372036854775808 is " +
			"above 9223372036854775807, the largest that the results can hold",
		"method: toy\nviews: {recipe: swav}":                            "",
		"method: toy\nviews: {custom: [{size: 8}, {size: 8}]}":          "",
		"method: toy\nviews: {custom: [{size: 8, repeat: 2}]}":          "",
		"method: toy\nseed: 9223372036854775807\nbackbone: clip-resnet": "",
	} {
		_, err := newCatalog(t).Resolve(parse(t, text), Defaults())
		if got := fmt.Sprint(err); want == "" && err != nil || !strings.HasPrefix(got, want) {
			t.Errorf("%q: got %s, want %s…", text, got, want)
		}
	}
}

func TestResolveFillsDefaults(t *testing.T) {
	plan := resolve(t, "method: {name: toy, weight: 2}")
	if got, want := *plan.Spec.Method.Params.(*toyParams), (toyParams{Weight: 2, Parts: 1}); got != want {
		t.Errorf("method %+v, want %+v", got, want)
	}
	if plan.Backbone.Name != "resnet8" || plan.Dataset.Name != "shapes" || plan.Spec.Seed != 1 {
		t.Errorf("backbone %s, data set %s, seed %d; want resnet8, shapes, 1",
			plan.Backbone.Name, plan.Dataset.Name, plan.Spec.Seed)
	}
}

func TestTheHashIsOfWhatChangesNumbers(t *testing.T) {
	r := &Runner{Backend: newRunner(t).Backend}
	hash := func(change string) string {
		doc := parse(t, tiny)
		if err := doc.Set(change); err != nil {
			t.Fatal(err)
		}
		plan, err := newCatalog(t).Resolve(doc, Defaults())
		if err != nil {
			t.Fatal(err)
		}
		info, err := r.info(plan, plan.Method.Name, store.Identity{})
		if err != nil {
			t.Fatal(err)
		}
		return info.ConfigHash
	}
	first := hash("seed=1")
	for _, change := range []string{"seed=2", "study=another", "train.workers=3", "train.checkpoint.keep=9"} {
		if hash(change) != first {
			t.Errorf("%s changes the hash; it changes no number, or only the seed's", change)
		}
	}
	for _, change := range []string{"method.weight=2", "backbone.width=0.5", "dataset.train=64", "train.batch_size=8",
		"eval.knn.k=3", "views.recipe=byol"} {
		if hash(change) == first {
			t.Errorf("%s leaves the hash as it is; it changes the numbers", change)
		}
	}
}

package ablate

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kontrast-ml/kontrast/backbones"
	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/internal/experiment"
	"github.com/kontrast-ml/kontrast/methods"
)

func catalog(t *testing.T) (c experiment.Catalog) {
	t.Helper()
	var err error
	if c.Methods, err = framework.NewRegistry("method", methods.Builtin()...); err != nil {
		t.Fatal(err)
	}
	if c.Backbones, err = framework.NewRegistry("backbone", backbones.Builtin()...); err != nil {
		t.Fatal(err)
	}
	if c.Datasets, err = framework.NewRegistry("dataset", data.Builtin()...); err != nil {
		t.Fatal(err)
	}
	return c
}

func side(t *testing.T, c experiment.Catalog, name, text string) Side {
	t.Helper()
	doc, err := config.Parse(name, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	plan, err := c.Resolve(doc, experiment.Defaults())
	if err != nil {
		t.Fatal(err)
	}
	return Side{name, plan}
}

// between is the ablation of two configurations.
func between(t *testing.T, first, second string) *Ablation {
	t.Helper()
	c := catalog(t)
	a, err := New(c, side(t, c, "A", first), side(t, c, "B", second), nil)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestFactors(t *testing.T) {
	for name, test := range map[string]struct {
		first, second string
		factors       []string
	}{
		"MoCo v2, Table 1": {"{method: mocov1, preset: imagenet}", "{method: mocov2, preset: imagenet}",
			[]string{"head", "temperature", "views", "schedule"}},
		"the same views of small images": {"{method: simclr, views: {size: 16}}", "{method: mocov2, views: {size: 16}}",
			[]string{"positives and head", "negatives", "temperature"}},
		"as compare trains them": {"method: mocov1", "method: mocov2", []string{"head", "temperature", "views"}},
		"the same views for both": {"{method: mocov1, views: {recipe: simclr}}",
			"{method: mocov2, views: {recipe: simclr}}", []string{"head", "temperature"}},
		"batch or queue": {
			"method: simclr", "method: mocov2", []string{"positives and head", "negatives", "temperature", "views"},
		},
		"momentum or stop-gradient": {"method: byol", "method: simsiam", []string{"positives and head", "loss", "views"}},
		"negatives of a loss": {
			"method: byol", "method: simclr", []string{"positives and head", "negatives + loss", "views"},
		},
		"only the loss": {"method: simclr", "method: {name: dcl, temperature: 0.5}",
			[]string{"positives and head", "loss"}},
		"a mix":                     {"method: byol", "method: byol+loss=simsiam", []string{"method"}},
		"hooks that can't be mixed": {"method: clip", "method: siglip", []string{"method"}},
		"hyperparameters": {"method: {name: simclr, temperature: 0.1, output_dim: 64}", "method: simclr",
			[]string{"width of embeddings", "temperature"}},
		"another optimizer": {"method: simclr", "{method: simclr, train: {optimizer: {name: sgd, weight_decay: 0.01}, " +
			"learning_rate: {base: 0.1, warmup_epochs: 2}, epochs: 3}}",
			[]string{"epochs", "warm-up", "optimizer"}},
		"another backbone": {"{method: simclr, backbone: resnet8}", "{method: simclr, backbone: vit-ti}",
			[]string{"backbone"}},
		"a wider backbone": {"{method: simclr, backbone: resnet8}", "{method: simclr, backbone: {name: resnet8, width: 2}}",
			[]string{"backbone width"}},
		"seeds and names are no difference": {"{method: simclr, seed: 1, study: a}",
			"{method: {name: simclr, temperature: 0.1}, seed: 5, study: b, seeds: {order: 3}, train: {workers: 3}}",
			[]string{"temperature"}},
	} {
		t.Run(name, func(t *testing.T) {
			a := between(t, test.first, test.second)
			if got := a.names(); !slices.Equal(sorted(got), sorted(test.factors)) {
				t.Errorf("factors %q, want %q", got, test.factors)
			}
		})
	}
}

func sorted(names []string) []string {
	of := slices.Clone(names)
	slices.Sort(of)
	return of
}

// TestTheLastCornerIsTheSecondSide compares whole settings.
func TestTheLastCornerIsTheSecondSide(t *testing.T) {
	for _, pair := range [][2]string{
		{"{method: mocov1, preset: imagenet}", "{method: mocov2, preset: imagenet}"},
		{"{method: simclr, preset: imagenet}", "{method: mocov2, preset: imagenet}"},
		{"{method: byol, preset: imagenet}", "{method: simsiam, preset: imagenet}"},
		{"{method: byol, preset: cifar10}", "{method: dino, preset: cifar10}"},
		{"{method: mocov1, preset: imagenet, backbone: vit-ti}", "{method: byol+loss=simsiam, train: {batch_size: 64}}"},
		{"method: {name: mix, positives: byol, negatives: {name: mocov2, queue: 1024}, loss: simclr}",
			"method: {name: mix, positives: byol, negatives: mocov2, loss: {name: simclr, temperature: 0.2}}"},
		{"method: clip", "{method: simclr, train: {epochs: 3}}"},
	} {
		a := between(t, pair[0], pair[1])
		for corner, of := range map[int]settings{0: a.settings[0], len(a.Illegal) - 1: a.settings[1]} {
			plan, err := a.Plan("s", corner, 3)
			if err != nil {
				t.Fatalf("%v: %v", pair, err)
			}
			got := settingsOf(a.catalog, plan)
			for _, path := range differing(got, of) {
				if path != "train.learning_rate.milestones" && path != "train.learning_rate.factor" {
					t.Errorf("%v: corner %d has %s %v, want %v", pair, corner, path, got.get(path), of.get(path))
				}
			}
			if plan.Spec.Seed != 3 || plan.Spec.Study != "s" {
				t.Errorf("seed %d of study %q", plan.Spec.Seed, plan.Spec.Study)
			}
		}
	}
}

func TestACornerChangesItsFactorsOnly(t *testing.T) {
	a := between(t, "{method: mocov1, preset: imagenet}", "{method: mocov2, preset: imagenet}")
	corner := 1<<slices.Index(a.names(), "head") | 1<<slices.Index(a.names(), "schedule")
	plan, err := a.Plan("", corner, 1)
	if err != nil {
		t.Fatal(err)
	}
	got := settingsOf(a.catalog, plan)
	for path, want := range map[string]string{
		"method.name": `"mocov2"`, "method.temperature": "0.07", "views.recipe": `"mocov1"`,
		"train.learning_rate.schedule": `"cosine"`,
	} {
		if text(got.get(path)) != want {
			t.Errorf("%s is %s, want %s", path, text(got.get(path)), want)
		}
	}
	if label := a.Label(corner); label != "A with the head and schedule of B" {
		t.Errorf("it is called %q", label)
	}
}

func TestHooksAreMixed(t *testing.T) {
	a := between(t, "method: simclr", "method: {name: mocov2, queue: 1024}")
	corner := 1 << slices.Index(a.names(), "negatives")
	plan, err := a.Plan("", corner|1<<slices.Index(a.names(), "temperature"), 1)
	if err != nil {
		t.Fatal(err)
	}
	if plan.Method.Name != "simclr+negatives=mocov2" {
		t.Errorf("the corner is %s", plan.Method.Name)
	}
	got := settingsOf(a.catalog, plan)
	for path, want := range map[string]string{"method.negatives.queue": "1024", "method.loss.temperature": "0.2",
		"method.loss.name": `"simclr"`, "views.recipe": `"auto:simclr"`} {
		if text(got.get(path)) != want {
			t.Errorf("%s is %s, want %s", path, text(got.get(path)), want)
		}
	}
}

// Views follow the method that they are of, whatever the rest is of.
func TestViewsAreThoseOfTheirSide(t *testing.T) {
	a := between(t, "method: mocov1", "method: mocov2")
	if got := a.Factors[slices.Index(a.names(), "views")]; got.First != "mocov1" || got.Second != "mocov2" {
		t.Errorf("the views are %q and %q", got.First, got.Second)
	}
}

// At 16×16 pixels the recipes of SimCLR and MoCo v2 for CIFAR are one, at 224×224 they are not.
func TestViewsOfOtherNamesMayBeAlike(t *testing.T) {
	const alike = "views: no factor, since the recipes simclr-cifar and mocov2-cifar make the same of 16×16 pixels"
	for size, want := range map[int]string{0: "", 16: alike, 224: ""} {
		of := func(method string) string { return fmt.Sprintf("{method: %s, views: {size: %d}}", method, size) }
		a := between(t, of("simclr"), of("mocov2"))
		if a.Alike != want {
			t.Errorf("at %d pixels it says %q, want %q", size, a.Alike, want)
		}
		if is := slices.Contains(a.names(), "views"); is != (want == "") {
			t.Errorf("at %d pixels views are a factor: %v", size, is)
		}
	}
}

// The milestones of 200 epochs keep their place in 100.
func TestSchedulesKeepTheirShape(t *testing.T) {
	step := "train: {epochs: 200, learning_rate: {schedule: step, milestones: [120, 160], warmup_epochs: 10}}"
	a := between(
		t, "{method: simclr, "+step+"}", "{method: simclr, train: {epochs: 100, learning_rate: {warmup_epochs: 4}}}",
	)
	epochs := 1 << slices.Index(a.names(), "epochs")
	plan, err := a.Plan("", epochs, 1)
	if err != nil {
		t.Fatal(err)
	}
	rate := plan.Spec.Train.LearningRate
	if !slices.Equal(rate.Milestones, []int{60, 80}) || rate.WarmupEpochs != 5 || plan.Spec.Train.Epochs != 100 {
		t.Errorf("milestones %v, warm-up %v of %d epochs", rate.Milestones, rate.WarmupEpochs, plan.Spec.Train.Epochs)
	}
}

func TestWhatCanNotBeAblated(t *testing.T) {
	c := catalog(t)
	same := side(t, c, "A", "{method: simclr, seed: 1}")
	if _, err := New(c, same, side(t, c, "B", "{method: {name: simclr, temperature: 0.5}, seed: 2}"),
		nil); !errors.Is(err, ErrNothing) {
		t.Errorf("error %v, want that nothing separates them", err)
	}
	for text, want := range map[string]string{
		"{method: simclr, dataset: {name: shapes, test: 7}}": "they differ in dataset.test",
		"{method: simclr, eval: {knn: {k: 3}}}":              "they differ in eval.knn.k",
		"{method: simclr, views: {size: 48}}":                "they differ in views.size",
	} {
		if _, err := New(c, same, side(t, c, "B", text), nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one that says %q", text, err, want)
		}
	}
	other := side(t, c, "B", "method: byol")
	for _, names := range [][]string{{"loss"}, {"loss", "nothing"}} {
		if _, err := New(c, same, other, [][]string{names}); err == nil {
			t.Errorf("%v are joined", names)
		}
	}
}

func TestJoinsAndIllegalCorners(t *testing.T) {
	c := catalog(t)
	first := side(t, c, "A", "{method: {name: mocov2, queue: 256}, train: {batch_size: 128}}")
	second := side(t, c, "B", "{method: {name: mocov2, queue: 384}, train: {batch_size: 192}}")
	a, err := New(c, first, second, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := a.names(); !slices.Equal(got, []string{"length of the queue", "batch size"}) {
		t.Fatalf("factors %q", got)
	}
	if diff := cmp.Diff([]bool{true, true, false, true}, a.Legal()); diff != "" {
		t.Errorf("which corners can be run (-want +got):\n%s", diff)
	}
	if why := a.Illegal[2]; !strings.HasPrefix(why, "method.queue: ") {
		t.Errorf("the third can't since %q", why)
	}
	d, err := a.Design(3, 100, 1)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Design{Corners: []int{0, 3, 1}, AllOrders: 1}, d); diff != "" {
		t.Errorf("design (-want +got):\n%s", diff)
	}
	a, err = New(c, first, second, [][]string{{"batch size", "length of the queue"}})
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Factors) != 1 || a.Factors[0].Why != "--join asks for it" || len(a.Factors[0].Settings) != 2 {
		t.Errorf("joined: %+v", a.Factors)
	}
}

func TestDesignsKeepToTheBudget(t *testing.T) {
	a := between(t, "{method: mocov1, preset: imagenet}", "{method: mocov2, preset: imagenet, train: {epochs: 100}}")
	if len(a.Factors) != 5 {
		t.Fatalf("factors %q", a.names())
	}
	for budget := 18; budget <= 96; budget += 6 {
		d, err := a.Design(3, budget, 7)
		if err != nil {
			t.Fatal(err)
		}
		if len(d.Corners)*3 > budget {
			t.Errorf("budget %d: %d runs", budget, len(d.Corners)*3)
		}
		if d.Full() != (budget == 96) {
			t.Errorf("budget %d: full is %v", budget, d.Full())
		}
		again, err := a.Design(3, budget, 7)
		if err != nil || !cmp.Equal(d, again) {
			t.Errorf("budget %d: drawn otherwise the second time", budget)
		}
		for _, order := range d.Orders {
			for _, corner := range passed(order) {
				if !slices.Contains(d.Corners, corner) {
					t.Errorf("budget %d: corner %d of order %v is not run", budget, corner, order)
				}
			}
		}
	}
	if _, err := a.Design(3, 17, 1); err == nil || !strings.Contains(err.Error(), "18 runs with 3 seeds") {
		t.Errorf("17 runs: error %v", err)
	}
}

func TestOrdersAreDrawnAlike(t *testing.T) {
	a := between(t, "{method: mocov1, preset: imagenet}", "{method: mocov2, preset: imagenet}")
	legal := a.Legal()
	legal[1<<0], legal[1<<1] = false, false // the first two never come first
	for corner, ok := range legal {
		if !ok {
			a.Illegal[corner] = "not today"
		}
	}
	counts := map[string]int{}
	for seed := range uint64(300) {
		d, err := a.Design(1, 13, seed)
		if err != nil {
			t.Fatal(err)
		}
		for _, order := range d.Orders {
			if order[0] < 2 {
				t.Fatalf("order %v passes through a corner that can't be run", order)
			}
			counts[strings.Trim(strings.Join(strings.Fields(text(order)), ""), "[]")]++
		}
	}
	if len(counts) != 12 {
		t.Errorf("%d orders are drawn, want all 12: %v", len(counts), counts)
	}
}

package experiment

import (
	"slices"

	"github.com/kontrast-ml/kontrast/framework/config"
)

// Study is a comparison: runs that belong together.
type Study struct {
	Name  string
	Plans []*Plan
	// Against are the baselines that are measured beside the plans.
	Against []config.Choice
	// Shard is the part of it that is made here.
	Shard Shard
}

// defaultStudy is the comparison of who says nothing else: its lines stand for
// the keys that a configuration neither varies nor sets. docs/results.md says how
// they were chosen: in some minutes on two cores, it decides.
var defaultStudy = []defaultLine{
	{"method", "grid.method", "[simclr, mocov2, dcl]"},
	{"backbone", "grid.backbone", "[resnet8]"},
	{"seed", "grid.seed", "[1, 2, 3, 4, 5]"},
	{"train.epochs", "train.epochs", "4"},
}

// defaultTask is what the default comparison trains on and how fast: images on
// which methods differ after a few epochs, at a rate that suits its backbone. A
// configuration that names a data set or a backbone has their own defaults, and
// those of every training, instead.
var defaultTask = []defaultLine{
	{"dataset.size", "dataset.size", "16"},
	{"dataset.textures", "dataset.textures", "1"},
	{"dataset.test", "dataset.test", "2000"},
	{"train.learning_rate", "train.learning_rate.base", "0.012"},
}

// defaultLine is what a path is set to unless a configuration has the key.
type defaultLine struct{ key, path, value string }

// fill sets in a configuration of a study what it leaves to the default comparison.
func fill(doc *config.Document) error {
	given := func(key string) bool {
		_, varied := doc.Root().Get("grid." + key)
		_, fixed := doc.Root().Get(key)
		if key == "method" { // parameters alone are those of all methods
			fixed = named(doc, key)
		}
		return varied || fixed
	}
	lines := defaultStudy
	if !named(doc, "dataset") && !given("backbone") && !given("preset") && !given("train.optimizer") {
		lines = slices.Concat(lines, defaultTask)
	}
	for _, line := range lines {
		if !given(line.key) {
			if err := doc.Assign("the default comparison", line.path, line.value); err != nil {
				return err
			}
		}
	}
	return nil
}

// named reports whether a configuration names a choice, rather than only
// changing its parameters.
func named(doc *config.Document, key string) bool {
	for _, path := range []string{key + ".name", "grid." + key, "grid." + key + ".name"} {
		if _, given := doc.Root().Get(path); given {
			return true
		}
	}
	choice, _ := doc.Root().Get(key)
	_, short := choice.Text()
	return short
}

// enoughFaults are as many as anybody corrects before trying again.
const enoughFaults = 100

// ResolveStudy reads a configuration with a grid on top of the given defaults.
// Methods, backbones, seeds and epochs that it neither varies nor sets are those
// of the default comparison, and so are the images unless it names a data set or
// a backbone.
// The error has every fault of every run, or those of the first runs where there
// are a hundred and more.
func (c Catalog) ResolveStudy(doc *config.Document, defaults Spec) (*Study, error) {
	if err := fill(doc); err != nil {
		return nil, err
	}
	spec := defaults
	var faults config.Collector
	faults.Add(config.Decode(doc.Root(), &spec))
	if spec.Grid.Size() == 0 {
		return nil, faults.Err()
	}
	study := &Study{Name: spec.Study}
	var err error
	study.Against, err = chooseBaselines(spec.Baselines)
	faults.Add(err)
	base := doc.Without("grid", "baselines") // which each run would read again
	for _, point := range spec.Grid.Points() {
		if faults.Len() >= enoughFaults {
			break
		}
		one, err := base.With(point...)
		if err != nil {
			faults.Add(err)
			continue
		}
		plan, err := c.Resolve(one, defaults)
		faults.Add(err)
		study.Plans = append(study.Plans, plan)
	}
	return study, faults.Err()
}

// Baselines are the plans of the baselines that the study needs: of each kind
// one for each backbone, data set, seed and evaluation.
func (s *Study) Baselines() []*Plan {
	var plans []*Plan
	seen := map[string]bool{}
	for _, kind := range s.Against {
		for _, plan := range s.Plans {
			plan = plan.baseline(kind)
			if key := config.Hash(plan.Spec); !seen[key] {
				seen[key] = true
				plans = append(plans, plan)
			}
		}
	}
	return plans
}

// baselineKey is equal for plans with the same untrained backbone, data and evaluation.
func (p *Plan) baselineKey() string { return config.Hash(p.untrained().Spec) }

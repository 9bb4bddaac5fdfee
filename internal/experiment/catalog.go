package experiment

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/kontrast-ml/kontrast/backbones"
	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/augment"
	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/internal/backend"
	"github.com/kontrast-ml/kontrast/internal/mix"
)

// Catalog is what a configuration can name.
type Catalog struct {
	Methods   *framework.Registry[framework.Factory]
	Backbones *framework.Registry[backbones.Factory]
	Datasets  *framework.Registry[data.Factory]
}

// Plan is a configuration whose names are resolved and whose values are checked.
type Plan struct {
	Spec     Spec
	Method   framework.Factory
	Backbone backbones.Factory
	Dataset  data.Factory
	Others   []Other  // data sets that are measured on besides
	Weights  *Weights // that the backbone starts from; nil for those of the seed
	// Frozen says that nothing is trained: of an untrained backbone, or an imported one.
	Frozen bool
	// preprocessing is the recipe that evaluated images go through; empty for that of all trainings.
	preprocessing string
	texts         *Weights          // of an imported CLIP, whose checkpoint has its text tower
	viewed        framework.Factory // the method whose recipe the views follow: its own, or another that they name
}

// Other is a data set that the frozen backbone is measured on beside the one it was trained on.
type Other struct {
	Choice  config.Choice
	Factory data.Factory
	// Label is what protocols and tables call the data set; empty for its name,
	// with the last element of its path if it has one.
	Label string
}

// published is the recipe that evaluated images go through where a backbone's
// weights are imported; empty for that of all trainings.
func (p *Plan) published() string {
	if strings.HasPrefix(p.Backbone.Name, "clip-") {
		return "none-clip"
	}
	return ""
}

// path is where the user's own data lie; empty for what comes with the program.
func (o Other) path() string {
	var at struct{ Path string }
	if err := json.Unmarshal(config.Canonical(o.Choice.Params), &at); err != nil {
		return ""
	}
	return at.Path
}

// name is what the data set is called.
func (o Other) name() string {
	if o.Label != "" {
		return o.Label
	}
	if path := o.path(); path != "" {
		return o.Choice.Name + ":" + filepath.Base(path)
	}
	return o.Choice.Name
}

// Resolve reads a configuration on top of the preset that it names, if it names
// one, and of the given defaults. The error is a [config.Faults] with every
// fault of every section.
func (c Catalog) Resolve(doc *config.Document, defaults Spec) (*Plan, error) {
	doc, err := c.overPreset(doc, defaults)
	if err != nil {
		return nil, err
	}
	plan := &Plan{Spec: defaults}
	spec := &plan.Spec
	var faults config.Collector
	faults.Add(config.Decode(doc.Root(), spec))
	spec.Backend = backend.Kind(spec.Backend)
	faults.Add(c.chooseMethod(doc, plan))
	faults.Add(doc.Root().Locate(c.chooseViews(plan)))
	faults.Add(c.chooseBackbone(plan))
	faults.Add(choose(c.Datasets, &spec.Dataset, &plan.Dataset))
	spec.Eval.Datasets = slices.Clone(spec.Eval.Datasets)
	for i := range spec.Eval.Datasets {
		var other Other
		faults.Add(choose(c.Datasets, &spec.Eval.Datasets[i], &other.Factory))
		other.Choice = spec.Eval.Datasets[i]
		plan.Others = append(plan.Others, other)
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	faults.Add(doc.Root().Locate(errors.Join(plan.check(), c.checkBackbone(plan))))
	spec.Grid, spec.Baselines = config.Grid{}, nil
	return plan, faults.Err()
}

// check reports what no section by itself can: parts that don't fit each other.
func (p *Plan) check() error {
	faults := []error{p.checkViews()}
	if n, batch := backend.Devices(p.Spec.Backend), p.Spec.Train.BatchSize; batch%n != 0 {
		faults = append(faults, config.Faultf("train.batch_size", "%d can't be divided among the %d devices of backend %s",
			batch, n, p.Spec.Backend))
	}
	if p.Backbone.Input != backbones.Images {
		faults = append(
			faults, config.Faultf("backbone", "%s embeds %s, not images; choose another (see: kontrast backbones)",
				p.Backbone.Name, p.Backbone.Input),
		)
	}
	if sized, ok := p.Spec.Method.Params.(framework.BatchChecker); ok {
		faults = append(faults, sized.CheckBatch(p.Spec.Train.BatchSize))
	}
	return errors.Join(faults...)
}

// checkBackbone reports a backbone without what the method needs of it.
func (c Catalog) checkBackbone(plan *Plan) error {
	for _, need := range []struct {
		needed bool
		has    func(backbones.Factory, any) bool
		why    string
	}{
		{plan.Method.Patches, backbones.Factory.HasPatches,
			"masks patches of images or leaves them out, and %s has none; backbones with patches: %s"},
		{plan.Method.Maps, backbones.Factory.HasMaps,
			"compares places of images, and %s has no map of features; backbones with one: %s"},
	} {
		if !need.needed || plan.Backbone.Input != backbones.Images || need.has(plan.Backbone, plan.Spec.Backbone.Params) {
			continue
		}
		var fitting []string
		for _, f := range c.Backbones.All() {
			if f.Input == backbones.Images && need.has(f, nil) {
				fitting = append(fitting, f.Name)
			}
		}
		return config.Faultf("backbone", "method %s "+need.why,
			plan.Method.Name, plan.Backbone.Name, strings.Join(fitting, ", "))
	}
	return nil
}

// checkViews reports views that are too few: a method whose own recipe makes
// several compares two at least.
func (p *Plan) checkViews() error {
	key, given := "views.custom", augment.Recipe{Views: p.Spec.Views.Custom}
	if len(given.Views) == 0 {
		if p.Spec.Views.Recipe == AutoRecipe {
			return nil
		}
		key = "views.recipe"
		given, _ = augment.Named(p.recipe(anySize), anySize) // Validate has seen it
	}
	own, err := augment.Named(p.Method.Recipe, anySize)
	if err != nil {
		return nil // a fault of the method's, which training reports
	}
	if made, least := len(given.Sizes()), min(2, len(own.Sizes())); made < least {
		return config.Faultf(key, "%d view of a sample is made, and method %s compares %d; choose a recipe with more, or "+
			"%s for its own", made, p.Method.Name, least, AutoRecipe)
	}
	return nil
}

// chooseViews finds the method whose recipe the views follow.
func (c Catalog) chooseViews(plan *Plan) error {
	plan.viewed = plan.Method
	name, named := plan.Spec.Views.recipeOf()
	if !named {
		return nil
	}
	found, err := c.Methods.Get(name)
	if err != nil {
		return config.Faultf("views.recipe", "%v", err)
	}
	plan.viewed = found
	return nil
}

// anySize is a size of views for what does not depend on it.
const anySize = 32

// chooseMethod resolves the method, which may be a mix of several.
func (c Catalog) chooseMethod(doc *config.Document, plan *Plan) error {
	choice := &plan.Spec.Method
	if !mix.Is(choice.Name) {
		return choose(c.Methods, choice, &plan.Method)
	}
	made, err := mix.Resolve(c.Methods, choice)
	if err == nil && plan.Spec.Preset != "" {
		err = config.Faultf("preset", "a mix of methods has no presets; give the settings of its training one by one")
	}
	plan.Method = made
	return doc.Root().Locate(err)
}

// choose resolves a choice by its registry and decodes its parameters; reserved keys are none.
func choose[F factory](
	registry *framework.Registry[F], choice *config.Choice, into *F, reserved ...string,
) error {
	found, err := registry.Get(choice.Name)
	if err != nil {
		return choice.UnknownName(registry.Kind(), registry.Names())
	}
	*into = found
	return choice.Decode(found.Defaults(), reserved...)
}

// factory is what methods, backbones and data sets are made by.
type factory interface {
	Key() string
	Defaults() any
}

// Schema is the JSON Schema of a configuration.
func (c Catalog) Schema() *jsonschema.Schema {
	schema := config.Schema(Defaults(), config.Alternatives{
		"method":   append(alternatives(c.Methods), config.Chosen(mix.Name, &mix.Params{})),
		"backbone": alternatives(c.Backbones),
		"dataset":  alternatives(c.Datasets),
	})
	method := schema.Properties["method"]
	method.AnyOf = append(method.AnyOf, &jsonschema.Schema{Type: "string", Pattern: mix.Form})
	initial := config.Schema(Weights{}, nil)
	initial.Schema = ""
	for _, one := range schema.Properties["backbone"].AnyOf {
		if one.Properties != nil {
			one.Properties[weightsKey] = &jsonschema.Schema{AnyOf: []*jsonschema.Schema{{Type: "string"}, initial}}
		}
	}
	return schema
}

func alternatives[F factory](registry *framework.Registry[F]) []config.Choice {
	var all []config.Choice
	for _, f := range registry.All() {
		all = append(all, config.Chosen(f.Key(), f.Defaults()))
	}
	return all
}

// open opens a split of the plan's data set.
func (p *Plan) open(ctx context.Context, split data.Split, env data.Env) (data.Dataset, error) {
	return p.Dataset.Open(ctx, p.Spec.Dataset.Params, split, env)
}

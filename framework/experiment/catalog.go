package experiment

import (
	"context"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/kontrast-ml/kontrast/backbones"
	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/framework/data"
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
	faults.Add(choose(c.Methods, &spec.Method, &plan.Method, framework.Factory.Defaults))
	faults.Add(choose(c.Backbones, &spec.Backbone, &plan.Backbone, backbones.Factory.Defaults))
	faults.Add(choose(c.Datasets, &spec.Dataset, &plan.Dataset, func(f data.Factory) any { return f.Defaults() }))
	if err := faults.Err(); err != nil {
		return nil, err
	}
	if sized, ok := plan.Spec.Method.Params.(BatchChecker); ok {
		faults.Add(doc.Root().Locate(sized.CheckBatch(spec.Train.BatchSize)))
	}
	spec.Grid = config.Grid{}
	return plan, faults.Err()
}

// BatchChecker is implemented by hyperparameters that restrict the batch size,
// such as a queue that must be a multiple of it.
type BatchChecker interface {
	CheckBatch(size int) error
}

// choose resolves a choice by its registry and decodes its parameters.
func choose[F interface{ Key() string }](registry *framework.Registry[F], choice *config.Choice, into *F, defaults func(F) any) error {
	factory, err := registry.Get(choice.Name)
	if err != nil {
		return choice.UnknownName(registry.Kind(), registry.Names())
	}
	*into = factory
	return choice.Decode(defaults(factory))
}

// Schema is the JSON Schema of a configuration.
func (c Catalog) Schema() *jsonschema.Schema {
	return config.Schema(Defaults(), config.Alternatives{
		"method":   alternatives(c.Methods, framework.Factory.Defaults),
		"backbone": alternatives(c.Backbones, backbones.Factory.Defaults),
		"dataset":  alternatives(c.Datasets, func(f data.Factory) any { return f.Defaults() }),
	})
}

func alternatives[F interface{ Key() string }](registry *framework.Registry[F], defaults func(F) any) []config.Choice {
	var all []config.Choice
	for _, factory := range registry.All() {
		all = append(all, config.Chosen(factory.Key(), defaults(factory)))
	}
	return all
}

// open opens a split of the plan's data set.
func (p *Plan) open(ctx context.Context, split data.Split, env data.Env) (data.Dataset, error) {
	return p.Dataset.Open(ctx, p.Spec.Dataset.Params, split, env)
}

package experiment

import (
	"slices"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/internal/baseline"
	"github.com/kontrast-ml/kontrast/internal/eval/finetune"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// Untrained is the method name of runs that evaluate a backbone as initialized.
const Untrained = baseline.Untrained

// PixelsParams are the parameters of the baseline pixels.
type PixelsParams struct {
	Size int `yaml:"size" range:"[1,1024]"`
}

// PixelsPCAParams are the parameters of the baseline pixels-pca.
type PixelsPCAParams struct {
	PixelsParams `yaml:",inline"`

	Components int  `yaml:"components" range:"[1,inf)"`
	Whiten     bool `yaml:"whiten"`
}

// Baselines are what configurations can name as such, with their defaults.
func Baselines() []config.Choice {
	pixels := PixelsParams{Size: 32}
	return []config.Choice{
		config.Chosen(baseline.Untrained, &struct{}{}),
		config.Chosen(baseline.Pixels, &pixels),
		config.Chosen(baseline.PixelsPCA, &PixelsPCAParams{PixelsParams: pixels, Components: 128}),
	}
}

// chooseBaseline resolves a baseline and its parameters.
func chooseBaseline(choice *config.Choice) error {
	for _, known := range Baselines() {
		if known.Name == choice.Name {
			return choice.Decode(known.Params)
		}
	}
	return choice.UnknownName("baseline", baseline.Names())
}

// chooseBaselines resolves those of a study, each once.
func chooseBaselines(choices []config.Choice) ([]config.Choice, error) {
	choices = slices.Clone(choices)
	var faults config.Collector
	for i := range choices {
		faults.Add(chooseBaseline(&choices[i]))
		if slices.ContainsFunc(choices[:i], func(c config.Choice) bool { return c.Name == choices[i].Name }) {
			faults.Add(choices[i].Node().Faultf("", "the baseline %s is given twice", choices[i].Name))
		}
	}
	return choices, faults.Err()
}

// baseline is the plan as it is stored for a baseline: without what only a training has.
func (p *Plan) baseline(choice config.Choice) *Plan {
	plan := p.frozen(choice)
	if choice.Name != Untrained { // whatever the network starts from
		plan.Weights, plan.Spec.Seeds = nil, Seeds{}
	}
	return plan
}

// untrained is the plan as it is stored for its backbone as initialized.
func (p *Plan) untrained() *Plan { return p.baseline(config.Choice{Name: Untrained}) }

// frozen is the plan as it is stored where nothing is trained, with what stands in the place of its method.
func (p *Plan) frozen(by config.Choice) *Plan {
	frozen := *p
	frozen.Frozen = true
	frozen.Spec.Method = by
	frozen.Spec.Train = train.Config{}
	frozen.Spec.Preset = ""
	frozen.Spec.Seeds = Seeds{Weights: p.Spec.Seeds.Weights}
	frozen.Spec.Eval.OnlineProbe = false
	frozen.Spec.Eval.FineTune.From = finetune.Defaults().From // it has no head
	frozen.Spec.Views = Views{Size: p.Spec.Views.Size, Normalization: p.Spec.Views.Normalization}
	return &frozen
}

// network is what embeds images of that size: the plan's backbone, or what a baseline has in its place.
func (p *Plan) network(size int) (framework.Backbone, error) {
	switch params := p.Spec.Method.Params.(type) {
	case *PixelsParams:
		return newPixels(params.Size, size), nil
	case *PixelsPCAParams:
		return &principal{pixels: newPixels(params.Size, size), settings: *params}, nil
	}
	return p.Backbone.New(p.Spec.Backbone.Params, size, 3)
}

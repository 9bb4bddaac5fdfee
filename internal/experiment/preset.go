package experiment

import (
	"math"
	"strconv"

	"github.com/kontrast-ml/kontrast/framework/config"
)

// overPreset lays a configuration over the preset of its method that it names.
// A preset whose training is made shorter or longer keeps the shape of its
// learning rate: warm-up and milestones change with the epochs, unless the
// configuration gives them.
func (c Catalog) overPreset(doc *config.Document, defaults Spec) (*config.Document, error) {
	name := written(doc, defaults.Preset, "preset")
	if name == "" {
		return doc, nil
	}
	factory, err := c.Methods.Get(written(doc, defaults.Method.Name, "method", "method.name"))
	if err != nil {
		return doc, nil // Resolve reports the fault
	}
	preset, _, err := factory.Preset(name)
	if err != nil {
		var faults config.Collector
		faults.Add(doc.Root().Faultf("preset", "method %s: %v", factory.Name, err))
		return nil, faults.Err()
	}
	published := defaults
	if err := config.Decode(preset.Root(), &published); err != nil {
		return nil, err
	}
	if epochs, err := strconv.Atoi(written(doc, "", "train.epochs")); err == nil {
		if err := stretch(preset, published, float64(epochs)/float64(published.Train.Epochs)); err != nil {
			return nil, err
		}
	}
	return doc.Over(preset, "method", "backbone", "dataset"), nil
}

// written is the scalar that a document has at the first of the paths that it
// has one at, or else the default.
func written(doc *config.Document, standard string, paths ...string) string {
	for _, path := range paths {
		if node, found := doc.Root().Get(path); found {
			if text, scalar := node.Text(); scalar {
				return text
			}
		}
	}
	return standard
}

// stretch changes the epochs in a preset's learning rate by a factor.
func stretch(preset *config.Document, published Spec, factor float64) error {
	const origin = "the preset for this length"
	rate := published.Train.LearningRate
	if rate.WarmupEpochs > 0 {
		warmup := strconv.FormatFloat(rate.WarmupEpochs*factor, 'g', -1, 64)
		if err := preset.Assign(origin, "train.learning_rate.warmup_epochs", warmup); err != nil {
			return err
		}
	}
	for i, epoch := range rate.Milestones {
		at := strconv.Itoa(max(1, int(math.Round(float64(epoch)*factor))))
		if err := preset.Assign(origin, "train.learning_rate.milestones."+strconv.Itoa(i), at); err != nil {
			return err
		}
	}
	return nil
}

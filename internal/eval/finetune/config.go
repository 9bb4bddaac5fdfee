// Package finetune is the evaluation that trains what a method has learned on
// with labels, of all training samples or a share of them: the protocol of
// semi-supervised learning (Chen et al. 2020, arXiv:2006.10029, §2). The run's
// own weights stay as they are.
package finetune

import (
	"slices"
	"strconv"

	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/framework/optim"
	"github.com/kontrast-ml/kontrast/internal/eval"
	"github.com/kontrast-ml/kontrast/internal/store"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// Config says how networks are fine-tuned: by SGD with momentum 0.9 and without
// weight decay, on random crops and flips. Package config reads it.
type Config struct {
	Fractions []float64 `yaml:"fractions" doc:"shares of the labels of each class to learn from, an evaluation each; empty for no such evaluation" range:"(0,1]" source:"Chen et al. 2020, arXiv:2006.10029, §3: 0.01, 0.1 and 1"`
	From      string    `yaml:"from" doc:"what the linear classifier stands on: the backbone, or, for methods that keep it, the first layer of the projection head above it" oneof:"backbone,head" source:"Chen et al. 2020, arXiv:2006.10029, §2: the head's first layer"`
	Epochs    int       `yaml:"epochs" doc:"passes over the labeled samples" range:"[1,1000000]" source:"google-research/simclr, README: 60 for a hundredth of ImageNet's labels; 30 chosen here"`
	BatchSize int       `yaml:"batch_size" doc:"samples a step; all of them if there are fewer" range:"[2,inf)" source:"chosen here, for few labels"`
	Rate      float64   `yaml:"learning_rate" doc:"learning rate at a batch of 256, scaled by the batch size; it falls on a half cosine" range:"(0,inf)" source:"chosen here"`
	Seed      uint64    `yaml:"seed" doc:"seed of the choice of labels; not the seed of the run, so that all runs learn from the same samples"`
}

// Defaults is no evaluation until fractions are given.
func Defaults() Config {
	return Config{From: fromBackbone, Epochs: 30, BatchSize: 64, Rate: 0.1, Seed: 1}
}

// Validate reports a fraction that is given twice.
func (c *Config) Validate() error {
	sorted := slices.Sorted(slices.Values(c.Fractions))
	if len(slices.Compact(sorted)) < len(c.Fractions) {
		return config.Faultf("fractions", "a share is given twice in %v", c.Fractions)
	}
	return nil
}

const (
	fromBackbone = "backbone"
	fromHead     = "head"
)

func (c Config) training(samples int) train.Config {
	return train.Config{
		Epochs: c.Epochs, BatchSize: min(c.BatchSize, samples),
		Optimizer:    optim.Config{Name: "sgd", Momentum: 0.9},
		LearningRate: optim.RateConfig{Base: c.Rate, Schedule: "cosine", Form: optim.MoCoV3},
	}
}

func (c Config) protocol(fraction float64) store.Protocol {
	number := func(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
	return eval.Learned("fine-tune", map[string]string{
		"fraction": number(fraction), "fraction_seed": strconv.FormatUint(c.Seed, 10), "from": c.From,
		"epochs": strconv.Itoa(c.Epochs), "batch_size": strconv.Itoa(c.BatchSize), "learning_rate": number(c.Rate), "views": views,
	})
}

// views is the recipe of the views that networks are fine-tuned on.
const views = "supervised"

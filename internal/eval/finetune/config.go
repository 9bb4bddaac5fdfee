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
	Fractions []float64 `yaml:"fractions" range:"(0,1]"`
	From      string    `yaml:"from" oneof:"backbone,head"`
	Epochs    int       `yaml:"epochs" range:"[1,1000000]"`
	BatchSize int       `yaml:"batch_size" range:"[2,inf)"`
	Rate      float64   `yaml:"learning_rate" range:"(0,inf)"`
	Seed      uint64    `yaml:"seed"`
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
		"epochs": strconv.Itoa(c.Epochs), "batch_size": strconv.Itoa(c.BatchSize),
		"learning_rate": number(c.Rate), "views": views,
	})
}

// views is the recipe of the views that networks are fine-tuned on.
const views = "supervised"

package optim

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework/config"
)

// Config chooses an optimizer with its hyperparameters. Package config reads it.
type Config struct {
	Name        string  `yaml:"name" oneof:"sgd,lars,lars-mocov3,adam,adamw"`
	Momentum    float64 `yaml:"momentum" range:"[0,1)"`
	Nesterov    bool    `yaml:"nesterov"`
	Trust       float64 `yaml:"trust" range:"(0,1]"`
	ClipRate    bool    `yaml:"clip_rate"`
	Beta1       float64 `yaml:"beta1" range:"[0,1)"`
	Beta2       float64 `yaml:"beta2" range:"[0,1)"`
	Epsilon     float64 `yaml:"epsilon" range:"(0,1)"`
	WeightDecay float64 `yaml:"weight_decay" range:"[0,1)"`
	DecayAll    bool    `yaml:"decay_all"`
	ClipNorm    float64 `yaml:"clip_norm" range:"[0,inf)"`
	ClipEach    float64 `yaml:"clip_each" range:"[0,inf)"`
}

var optimizers = []string{"sgd", "lars", "lars-mocov3", "adam", "adamw"}

// Validate reports settings that contradict each other.
func (c *Config) Validate() error {
	var faults []error
	if c.Nesterov && c.Momentum == 0 {
		faults = append(faults, config.Faultf("nesterov", "Nesterov's form needs a momentum above 0"))
	}
	if c.Nesterov && strings.HasPrefix(c.Name, "adam") {
		faults = append(faults, config.Faultf("nesterov", "%s has no Nesterov form; use sgd or lars", c.Name))
	}
	if c.ClipRate && !strings.HasPrefix(c.Name, "lars") {
		faults = append(faults, config.Faultf("clip_rate", "only lars and lars-mocov3 have a rate to clip, not %s", c.Name))
	}
	if strings.HasPrefix(c.Name, "adam") && c.Beta1 == 0 && c.Beta2 == 0 {
		faults = append(
			faults, config.Faultf(
				"beta2", "%s without any moving average: beta1 and beta2 are both 0; leave one of them above 0", c.Name,
			),
		)
	}
	if c.ClipNorm > 0 && c.ClipEach > 0 {
		faults = append(
			faults, config.Faultf("clip_each", "clip either all gradients together (clip_norm) or each (clip_each)"),
		)
	}
	return errors.Join(faults...)
}

// New returns the optimizer. The error of an unknown name lists the known ones;
// ranges are left to package config.
func (c Config) New() (Optimizer, error) {
	switch c.Name {
	case "sgd":
		return SGD{Nesterov: c.Nesterov}, nil
	case "lars", "lars-mocov3":
		form := LARSPaper
		if c.Name == "lars-mocov3" {
			form = LARSDecayed
		}
		return LARS{Form: form, Trust: c.Trust, Clip: c.ClipRate, Nesterov: c.Nesterov}, nil
	case "adam", "adamw":
		return Adam{Beta1: c.Beta1, Beta2: c.Beta2, Epsilon: c.Epsilon, Decoupled: c.Name == "adamw"}, nil
	}
	return nil, fmt.Errorf("unknown optimizer %q; known optimizers: %s", c.Name, strings.Join(optimizers, ", "))
}

// Group is the group of a parameter: biases and normalization parameters are
// left out of weight decay and of the scaling of LARS unless DecayAll is set.
func (c Config) Group(v *model.Variable) Group {
	excluded := !c.DecayAll && IsBiasOrNorm(v)
	return Group{NoDecay: excluded, NoAdapt: excluded}
}

// Clip clips the gradients as the settings say. It returns the parameters with
// clipped gradients and the norm of all gradients before. Params must not be empty.
func (c Config) Clip(params []Param) ([]Param, *graph.Node) {
	if c.ClipNorm > 0 {
		return ClipGlobalNorm(params, c.ClipNorm)
	}
	norm := GlobalNorm(params)
	if c.ClipEach > 0 {
		params = ClipEachNorm(params, c.ClipEach)
	}
	return params, norm
}

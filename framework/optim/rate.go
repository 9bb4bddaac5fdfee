package optim

import (
	"errors"
	"math"
	"slices"

	"github.com/kontrast-ml/kontrast/framework/config"
)

// RateConfig is the learning rate and its schedule. Package config reads it.
type RateConfig struct {
	Base         float64 `yaml:"base" doc:"learning rate at a batch of 256; it is scaled by batch_size/256 unless absolute is set" range:"(0,inf)" source:"Goyal et al. 2017, arXiv:1706.02677, §2.1"`
	Absolute     bool    `yaml:"absolute" doc:"take base as it is, without scaling by the batch size"`
	Schedule     string  `yaml:"schedule" doc:"what happens after the warm-up: cosine to final, steps at milestones, or constant" oneof:"cosine,step,constant"`
	Form         Form    `yaml:"form" doc:"where the warm-up begins and the cosine ends, as published: lightly ((step+1)/warmup; ends at final), dino (step/(warmup-1), also solo-learn) or mocov3 (step/warmup)" oneof:"lightly,dino,mocov3"`
	WarmupEpochs float64 `yaml:"warmup_epochs" doc:"epochs of linear warm-up from warmup_start" range:"[0,inf)"`
	WarmupStart  float64 `yaml:"warmup_start" doc:"learning rate at the start of the warm-up" range:"[0,inf)"`
	Final        float64 `yaml:"final" doc:"learning rate at the end of the cosine" range:"[0,inf)"`
	Milestones   []int   `yaml:"milestones" doc:"epochs that begin with the learning rate multiplied by factor, schedule step only" range:"[1,inf)"`
	Factor       float64 `yaml:"factor" doc:"see milestones" range:"(0,1]"`
}

// Validate reports settings that contradict each other.
func (c *RateConfig) Validate() error {
	var faults []error
	if c.Schedule == "step" && len(c.Milestones) == 0 {
		faults = append(faults, config.Faultf("milestones", "schedule step needs at least one milestone"))
	}
	if !slices.IsSorted(c.Milestones) || len(slices.Compact(slices.Clone(c.Milestones))) != len(c.Milestones) {
		faults = append(faults, config.Faultf("milestones", "epochs must rise, got %v", c.Milestones))
	}
	return errors.Join(faults...)
}

// Peak is the learning rate before and beside any schedule, for batches of that size.
func (c RateConfig) Peak(batchSize int) float64 {
	if c.Absolute {
		return c.Base
	}
	return c.Base * float64(batchSize) / 256
}

// New returns the schedule of a training of that many epochs. It is an error
// if the warm-up is longer than the training.
func (c RateConfig) New(batchSize, epochs, stepsPerEpoch int) (Schedule, error) {
	if c.WarmupEpochs > float64(epochs) {
		return nil, config.Faultf("warmup_epochs", "%g epochs of warm-up do not fit into %d epochs", c.WarmupEpochs, epochs)
	}
	peak := c.Peak(batchSize)
	warmup := int(math.Round(c.WarmupEpochs * float64(stepsPerEpoch)))
	var after Schedule = Constant(peak)
	switch c.Schedule {
	case "cosine":
		return WarmupCosine(c.Form, c.WarmupStart, peak, c.Final, warmup, epochs*stepsPerEpoch), nil
	case "step":
		steps := make([]int, len(c.Milestones))
		for i, epoch := range c.Milestones {
			steps[i] = epoch*stepsPerEpoch - warmup
		}
		after = MultiStep{Base: peak, Factor: c.Factor, Milestones: steps}
	}
	return Sequence{First: Linear{From: c.WarmupStart, To: peak, Steps: warmup, Form: c.Form}, Steps: warmup, Second: after}, nil
}

package optim

import (
	"errors"
	"math"
	"slices"

	"github.com/kontrast-ml/kontrast/framework/config"
)

// RateConfig is the learning rate and its schedule. Package config reads it.
type RateConfig struct {
	Base         float64 `yaml:"base" range:"(0,inf)"`
	Absolute     bool    `yaml:"absolute"`
	Schedule     string  `yaml:"schedule" oneof:"cosine,step,constant"`
	Form         Form    `yaml:"form" oneof:"lightly,dino,mocov3"`
	WarmupEpochs float64 `yaml:"warmup_epochs" range:"[0,inf)"`
	WarmupStart  float64 `yaml:"warmup_start" range:"[0,inf)"`
	Final        float64 `yaml:"final" range:"[0,inf)"`
	Milestones   []int   `yaml:"milestones" range:"[1,inf)"`
	Factor       float64 `yaml:"factor" range:"(0,1]"`
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
	return Sequence{
		First: Linear{From: c.WarmupStart, To: peak, Steps: warmup, Form: c.Form}, Steps: warmup, Second: after,
	}, nil
}

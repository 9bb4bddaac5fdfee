package train

import (
	"errors"
	"fmt"
	"time"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/framework/optim"
)

// Config says how a method is trained, whatever the method.
type Config struct {
	Epochs    int `yaml:"epochs" doc:"passes over the training set" range:"[1,inf)"`
	BatchSize int `yaml:"batch_size" doc:"samples a step; a last, smaller batch is dropped" range:"[2,inf)"`

	Optimizer    OptimizerConfig `yaml:"optimizer" doc:"how gradients become steps"`
	LearningRate RateConfig      `yaml:"learning_rate" doc:"the learning rate and its schedule"`

	Checkpoint CheckpointConfig `yaml:"checkpoint" doc:"what survives an interruption"`
	Workers    int              `yaml:"workers" doc:"goroutines that make views; 0 for one a core" range:"[0,inf)"`
}

// OptimizerConfig chooses the optimiser.
type OptimizerConfig struct {
	Name        string  `yaml:"name" doc:"sgd, lars (the form of LARS in LARC, lightly and solo-learn), lars-mocov3 (decay inside the norm), adam or adamw" oneof:"sgd,lars,lars-mocov3,adam,adamw"`
	Momentum    float64 `yaml:"momentum" doc:"momentum of sgd and lars" range:"[0,1)"`
	Nesterov    bool    `yaml:"nesterov" doc:"Nesterov's form of momentum, sgd only"`
	Trust       float64 `yaml:"trust" doc:"trust coefficient of lars" range:"(0,1]" source:"You, Gitman and Ginsburg 2017, arXiv:1708.03888"`
	Beta1       float64 `yaml:"beta1" doc:"decay of the first moment, adam and adamw" range:"[0,1)"`
	Beta2       float64 `yaml:"beta2" doc:"decay of the second moment, adam and adamw" range:"[0,1)"`
	Epsilon     float64 `yaml:"epsilon" doc:"added to the root of the second moment, adam and adamw" range:"(0,1)"`
	WeightDecay float64 `yaml:"weight_decay" doc:"weight decay" range:"[0,1)"`
	// Exclusions, as most papers have them for LARS and none for SGD.
	DecayAll bool    `yaml:"decay_all" doc:"decay biases and normalisation parameters too, and let lars scale them, as the official code of MoCo and SimSiam does"`
	ClipNorm float64 `yaml:"clip_norm" doc:"bound on the norm of all gradients together; 0 for none" range:"[0,inf)"`
}

// RateConfig is the learning rate and its schedule.
type RateConfig struct {
	Base         float64 `yaml:"base" doc:"learning rate at a batch of 256; it is scaled by batch_size/256 unless absolute is set" range:"(0,inf)" source:"Goyal et al. 2017, arXiv:1706.02677, §2.1"`
	Absolute     bool    `yaml:"absolute" doc:"take base as it is, without scaling by the batch size"`
	Schedule     string  `yaml:"schedule" doc:"what happens after the warm-up: cosine to final, steps at milestones, or constant" oneof:"cosine,step,constant"`
	WarmupEpochs int     `yaml:"warmup_epochs" doc:"epochs of linear warm-up from 0" range:"[0,inf)"`
	Final        float64 `yaml:"final" doc:"learning rate at the end of the cosine" range:"[0,inf)"`
	Milestones   []int   `yaml:"milestones" doc:"epochs at which the learning rate is multiplied by factor, schedule step only"`
	Factor       float64 `yaml:"factor" doc:"see milestones" range:"(0,1]"`
}

// CheckpointConfig says when checkpoints are written.
type CheckpointConfig struct {
	EverySteps int           `yaml:"every_steps" doc:"steps between checkpoints; 0 for none by steps" range:"[0,inf)"`
	Every      time.Duration `yaml:"every" doc:"time between checkpoints, such as 5m; 0 for none by time" range:"[0,inf)"`
	Keep       int           `yaml:"keep" doc:"how many of the latest checkpoints are kept" range:"[1,inf)"`
}

// Defaults are settings that suit small images and a small machine: SGD with
// momentum, cosine, as the CIFAR recipes of MoCo and SimSiam have them.
func Defaults() Config {
	return Config{
		Epochs: 10, BatchSize: 128,
		Optimizer: OptimizerConfig{
			Name: "sgd", Momentum: 0.9, Trust: 0.001, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8,
			WeightDecay: 5e-4, DecayAll: true,
		},
		LearningRate: RateConfig{Base: 0.06, Schedule: "cosine", Factor: 0.1},
		Checkpoint:   CheckpointConfig{Every: 5 * time.Minute, Keep: 2},
	}
}

// Validate checks what no single field's range can.
func (c *Config) Validate() error {
	var faults []error
	if c.LearningRate.WarmupEpochs > c.Epochs {
		faults = append(faults, config.Faultf("learning_rate.warmup_epochs",
			"%d epochs of warm-up do not fit into %d epochs", c.LearningRate.WarmupEpochs, c.Epochs))
	}
	if c.LearningRate.Schedule == "step" && len(c.LearningRate.Milestones) == 0 {
		faults = append(faults, config.Faultf("learning_rate.milestones", "schedule step needs at least one milestone"))
	}
	for i, epoch := range c.LearningRate.Milestones {
		if epoch < 1 || i > 0 && epoch <= c.LearningRate.Milestones[i-1] {
			faults = append(faults, config.Faultf("learning_rate.milestones", "epochs must be positive and rise, got %v", c.LearningRate.Milestones))
			break
		}
	}
	return errors.Join(faults...)
}

// New returns the optimiser that the settings choose.
func (c OptimizerConfig) New() (optim.Optimizer, error) {
	switch c.Name {
	case "sgd":
		return optim.SGD{Nesterov: c.Nesterov}, nil
	case "lars":
		return optim.LARS{Trust: c.Trust}, nil
	case "lars-mocov3":
		return optim.LARS{Trust: c.Trust, Form: optim.LARSDecayed}, nil
	case "adam", "adamw":
		return optim.Adam{Beta1: c.Beta1, Beta2: c.Beta2, Epsilon: c.Epsilon, Decoupled: c.Name == "adamw"}, nil
	}
	return nil, fmt.Errorf("unknown optimizer %q; known: sgd, lars, lars-mocov3, adam, adamw", c.Name)
}

// Schedules returns the scalars that every training has, for a training of that length.
func (c Config) Schedules(length framework.Length) map[string]optim.Schedule {
	base := c.LearningRate.Base
	if !c.LearningRate.Absolute {
		base *= float64(c.BatchSize) / 256
	}
	return map[string]optim.Schedule{
		LearningRate:     c.LearningRate.schedule(base, length),
		BaseLearningRate: optim.Constant(base),
		WeightDecay:      optim.Constant(c.Optimizer.WeightDecay),
		Momentum:         optim.Constant(c.Optimizer.Momentum),
	}
}

func (c RateConfig) schedule(base float64, length framework.Length) optim.Schedule {
	warmup := c.WarmupEpochs * length.StepsPerEpoch
	switch c.Schedule {
	case "cosine":
		return optim.WarmupCosine(optim.MoCoV3, 0, base, c.Final, warmup, length.Steps())
	case "step":
		steps := make([]int, len(c.Milestones))
		for i, epoch := range c.Milestones {
			steps[i] = epoch*length.StepsPerEpoch - warmup
		}
		return warmed(optim.MultiStep{Base: base, Factor: c.Factor, Milestones: steps}, base, warmup)
	default:
		return warmed(optim.Constant(base), base, warmup)
	}
}

// warmed puts a linear warm-up from 0 before a schedule.
func warmed(after optim.Schedule, base float64, warmup int) optim.Schedule {
	if warmup == 0 {
		return after
	}
	return optim.Sequence{First: optim.Linear{To: base, Steps: warmup, Form: optim.MoCoV3}, Steps: warmup, Second: after}
}

// Group says how the optimiser treats a parameter: biases and normalisation
// parameters are left out of weight decay and of LARS unless DecayAll is set.
func (c OptimizerConfig) Group(v *model.Variable) optim.Group {
	excluded := !c.DecayAll && optim.IsBiasOrNorm(v)
	return optim.Group{NoDecay: excluded, NoAdapt: excluded}
}

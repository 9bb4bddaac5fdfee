package train

import (
	"time"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/framework/optim"
)

// Config says how a method is trained, whatever the method.
type Config struct {
	Epochs       int              `yaml:"epochs" range:"[1,1000000]"`
	BatchSize    int              `yaml:"batch_size" range:"[2,inf)"`
	Optimizer    optim.Config     `yaml:"optimizer"`
	LearningRate optim.RateConfig `yaml:"learning_rate"`
	Checkpoint   CheckpointConfig `yaml:"checkpoint"`
	Extensions   []Extension      `yaml:"extensions"`
	Workers      int              `yaml:"workers" range:"[0,1024]"`
	LogEvery     int              `yaml:"log_every" range:"[0,inf)" omit:"0"`
}

// loggedSteps is of how many steps the metrics are recorded unless LogEvery says more.
const loggedSteps = 10_000

// Logs says whether the metrics of a step, counted from 1, are recorded, in a
// training of so many: those of every LogEvery-th, of the first and of the last.
// 0 is every step of up to 10,000, and of a longer training that many, evenly.
func (c Config) Logs(step, steps int) bool {
	every := c.LogEvery
	if every == 0 {
		every = (steps + loggedSteps - 1) / loggedSteps
	}
	return every <= 1 || step == 1 || step == steps || step%every == 0
}

// CheckpointConfig says when checkpoints are written.
type CheckpointConfig struct {
	EverySteps int           `yaml:"every_steps" range:"[0,inf)"`
	Every      time.Duration `yaml:"every" range:"[0s,8760h]"`
	Keep       int           `yaml:"keep" range:"[1,inf)"`
}

// Defaults are settings that suit small images and a small machine, the same
// for all methods: AdamW, which trains residual networks and vision
// transformers alike, with its usual rate (Kingma and Ba 2015,
// arXiv:1412.6980: 0.001, here for 128 samples), one epoch of warm-up, cosine,
// and a slight weight decay, not on biases and normalization parameters. Losses differ in scale by
// orders of magnitude, which Adam's steps do not depend on; with SGD at the
// rate of lightly's CIFAR-10 benchmark (0.06 for 128 samples) and no warm-up
// the loss of SigLIP on small images does not leave what guessing gives.
func Defaults() Config {
	return Config{
		Epochs: 10, BatchSize: 128,
		Optimizer: optim.Config{
			Name: "adamw", Momentum: 0.9, Trust: 0.001, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8,
			WeightDecay: 5e-4,
		},
		LearningRate: optim.RateConfig{Base: 0.002, WarmupEpochs: 1, Schedule: "cosine", Form: optim.MoCoV3, Factor: 0.1},
		Checkpoint:   CheckpointConfig{Every: 5 * time.Minute, Keep: 2},
	}
}

// Validate checks what no single field's range can.
func (c *Config) Validate() error {
	if c.LearningRate.WarmupEpochs > float64(c.Epochs) {
		return config.Faultf("learning_rate.warmup_epochs",
			"%g epochs of warm-up do not fit into %d epochs", c.LearningRate.WarmupEpochs, c.Epochs)
	}
	return c.checkExtensions()
}

// Schedules returns the scalars that every training has, for a training of that length.
func (c Config) Schedules(length framework.Length) (map[string]optim.Schedule, error) {
	rate, err := c.LearningRate.New(c.BatchSize, length.Epochs, length.StepsPerEpoch)
	if err != nil {
		return nil, err
	}
	return map[string]optim.Schedule{
		LearningRate:     rate,
		BaseLearningRate: optim.Constant(c.LearningRate.Peak(c.BatchSize)),
		WeightDecay:      optim.Constant(c.Optimizer.WeightDecay),
		Momentum:         optim.Constant(c.Optimizer.Momentum),
	}, nil
}

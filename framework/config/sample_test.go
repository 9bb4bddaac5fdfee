package config

import (
	"errors"
	"time"
)

// A configuration with one of everything, as an application would write it.

type sample struct {
	Seed      uint64             `yaml:"seed" doc:"seed of every random stream"`
	Study     string             `yaml:"study" doc:"what the runs belong to"`
	Method    Choice             `yaml:"method" doc:"what is trained"`
	Dataset   *Choice            `yaml:"dataset" doc:"what it is trained on"`
	Probes    []Choice           `yaml:"probes" doc:"how it is evaluated"`
	Train     training           `yaml:"train" doc:"the training loop"`
	Views     []view             `yaml:"views" doc:"how every view is made"`
	Mean      [3]float64         `yaml:"mean" range:"[0,1]" doc:"mean of the channels"`
	Weights   map[string]float32 `yaml:"weights" range:"[0,inf)" doc:"weight of each loss"`
	Schedules map[string]view    `yaml:"schedules"`
	Tags      []string           `yaml:"tags"`
	Stages    []stage            `yaml:"stages"`
	Grid      Grid               `yaml:"grid" doc:"what is varied"`
	common    `yaml:",inline"`
	Ignored   chan int `yaml:"-"`
	//lint:ignore U1000 what the decoder must leave alone
	private int
}

type common struct {
	Verbose bool   `yaml:"verbose" doc:"log more"`
	Level   int8   `yaml:"level" oneof:"1,2,5" doc:"how much more"`
	Output  string `yaml:"output" oneof:"text,json,csv"`
}

type training struct {
	Batch     int           `yaml:"batch" range:"[2,65536]" doc:"samples a step" source:"Chen et al. 2020, §2.2"`
	Queue     int           `yaml:"queue" range:"[0,inf)" doc:"keys kept"`
	Optimizer optimizer     `yaml:"optimizer" doc:"the optimizer"`
	Clip      *float64      `yaml:"clip" range:"(0,inf)" doc:"largest gradient norm"`
	Patience  time.Duration `yaml:"patience" range:"[0s,24h]" doc:"how long to wait"`
}

func (t training) Validate() error {
	var errs []error
	if t.Queue%t.Batch != 0 {
		errs = append(errs, Faultf("queue", "%d is not a multiple of the batch of %d", t.Queue, t.Batch))
	}
	if t.Optimizer.LR > 1 && t.Optimizer.Momentum > 0.95 {
		errs = append(errs, Faultf("optimizer.momentum", "%v diverges with a learning rate above 1", t.Optimizer.Momentum))
	}
	return errors.Join(errs...)
}

type optimizer struct {
	LR       float64    `yaml:"lr" range:"(0,inf)" doc:"learning rate" source:"You et al. 2017"`
	Momentum float32    `yaml:"momentum" range:"[0,1)"`
	Betas    [2]float64 `yaml:"betas" range:"[0,1)" doc:"decay of the moments"`
	Exclude  []string   `yaml:"exclude" oneof:"bias,norm" doc:"what is not decayed"`
}

type view struct {
	Size  uint8   `yaml:"size" doc:"edge in pixels"`
	Blur  float64 `yaml:"blur" range:"[0,1]"`
	Scale *crop   `yaml:"scale"`
}

type stage struct {
	Blocks int    `yaml:"blocks" range:"[1,inf)" doc:"residual blocks"`
	Kind   string `yaml:"kind" oneof:"plain,bottleneck"`
}

func (s stage) Validate() error {
	if 100/s.Blocks < 1 {
		return Faultf("blocks", "more than 100")
	}
	return nil
}

func (s *stage) SetDefaults() { s.Kind = "plain" }

type crop struct {
	Low  float64 `yaml:"low" range:"[0,1]"`
	High float64 `yaml:"high" range:"[0,1]"`
}

func (c *crop) Validate() error {
	if c.Low > c.High {
		return errors.New("low is above high")
	}
	return nil
}

func (c common) Validate() error {
	if c.Verbose && c.Level == 1 {
		return Faultf("verbose", "cannot go with level 1")
	}
	return nil
}

func defaults() sample {
	return sample{
		Seed:   1,
		Method: Choice{Name: "simclr"},
		Train: training{Batch: 256, Queue: 1024, Patience: 90 * time.Second,
			Optimizer: optimizer{LR: 0.3, Momentum: 0.9, Betas: [2]float64{0.9, 0.999}, Exclude: []string{"bias"}}},
		Weights: map[string]float32{"a": 1},
		common:  common{Level: 2, Output: "text"},
	}
}

// What the names of a choice stand for, as a registry would have it.

type simclr struct {
	Temperature float64 `yaml:"temperature" range:"(0,inf)" doc:"softmax temperature" source:"Chen et al. 2020, §5.1"`
	Pooling     string  `yaml:"pooling" oneof:"token,mean" doc:"how tokens become one feature"`
}

type moco struct {
	simclr `yaml:",inline"`
	Queue  int `yaml:"queue" range:"[1,inf)" doc:"keys kept"`
}

// alternatives makes the parameters again, for a decoder to write to.
func alternatives() []Choice {
	s := simclr{Temperature: 0.5, Pooling: "mean"}
	return []Choice{Chosen("simclr", &s), Chosen("moco", &moco{s, 65536})}
}

// resolve decodes the document and its method and collects the faults of both.
func resolve(d *Document) (sample, error) {
	var faults Collector
	s := defaults()
	faults.Add(Decode(d.Root(), &s))
	if s.Method.Name != "" {
		faults.Add(resolveMethod(&s.Method))
	}
	return s, faults.Err()
}

func resolveMethod(c *Choice) error {
	var names []string
	for _, a := range alternatives() {
		if a.Name == c.Name {
			return c.Decode(a.Params)
		}
		names = append(names, a.Name)
	}
	return c.UnknownName("method", names)
}

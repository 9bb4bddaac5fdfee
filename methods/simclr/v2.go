package simclr

import (
	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/config"
)

// ParamsV2 are the hyperparameters of SimCLRv2.
type ParamsV2 struct {
	Params          `yaml:",inline"`
	Memory          int     `yaml:"memory" range:"[0,inf)"`
	EncoderMomentum float64 `yaml:"encoder_momentum" range:"[0,1]"`
}

// V2 registers SimCLRv2: a deeper head, whose first layer is worth keeping for
// fine-tuning, and a memory if wanted. The paper's gains come as much from
// bigger backbones: ResNet-152, three times as wide, with selective kernels.
var V2 = framework.NewFactory(framework.Info{
	Name:  "simclrv2",
	Title: "SimCLR v2",
	Paper: "Chen, Kornblith, Swersky, Norouzi and Hinton: Big Self-Supervised Models are Strong Semi-Supervised " +
		"Learners. NeurIPS 2020, arXiv:2006.10029",
	From: []string{"simclr", "mocov1"},
	Change: "a deeper head, whose first layer is kept for fine-tuning; bigger backbones; if wanted, MoCo's momentum " +
		"encoder and queue",
	Hooks: framework.Hooks{
		Positives: "the other view of the sample",
		Negatives: "both views of the rest of the batch; with a memory, a queue of momentum keys too",
		Loss:      "NT-Xent: InfoNCE of cosine similarities over all 2N anchors",
		Update:    "with a memory, its encoder follows the encoder and the batch's keys enter it; else nothing",
	},
	Recipe:  "simclr",
	Mixing:  &framework.Mixing{UnitPairs: true, UnitLoss: true, Contrasts: true, Keeps: framework.HookNegatives},
	Presets: framework.Presets(files, "presets/v2"),
}, ParamsV2{
	Params:          Params{Temperature: 0.5, OutputDim: 128, HeadLayers: 3, BatchNorm: "joint"},
	EncoderMomentum: 0.99,
}, NewV2)

// NewV2 returns SimCLRv2 with those hyperparameters.
func NewV2(p ParamsV2) (framework.Method, error) {
	return &methodV2{method: method{p.Params}, memory: p.Memory, momentum: p.EncoderMomentum}, nil
}

// methodV2 is SimCLR with a memory.
type methodV2 struct {
	method
	memory   int
	momentum float64
}

func (m *methodV2) Negatives(s *framework.Step, pairs []framework.Pair) *framework.Negatives {
	batch := framework.RestOfBatch(pairs)
	if m.memory == 0 {
		return batch
	}
	return batch.With(m.queue(s).Keys())
}

func (m *methodV2) Update(s *framework.Step, _ []framework.Pair) {
	if m.memory == 0 {
		return
	}
	momentum := s.MomentumEncoder()
	momentum.Follow(s.Constant(m.momentum))
	keys := graph.Concatenate(m.embed(s, momentum.Scope()), 0)
	m.queue(s).Enqueue(keys)
}

func (m *methodV2) queue(s *framework.Step) *framework.Queue {
	return s.Queue("memory", m.memory, m.OutputDim)
}

// CheckBatch reports a batch size that the memory doesn't fit.
func (p *ParamsV2) CheckBatch(size int) error {
	return framework.CheckQueue("method.memory", p.Memory, 2*size)
}

// CheckMix reports a memory that would have to embed by another method's head.
func (p *ParamsV2) CheckMix(hook, all framework.Hook) error {
	if p.Memory == 0 || hook != framework.HookNegatives || all&framework.HookPositives != 0 {
		return nil
	}
	return config.Faultf(
		"memory", "SimCLR v2 embeds its memory by its own head; leave the memory out, or take its positives too",
	)
}

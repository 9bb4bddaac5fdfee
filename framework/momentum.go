package framework

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/framework/optim"
)

// MomentumEncoder is a second encoder whose parameters follow the online
// encoder's by an exponential moving average and get no gradient (He et al.
// 2020, arXiv:1911.05722, §3.2). Parameters only are averaged: batch-norm
// statistics are the momentum encoder's own.
type MomentumEncoder struct {
	step   *Step
	target *model.Scope
}

// MomentumEncoder returns the momentum encoder, which starts as a copy of all
// that the online encoder holds. Embed a view with the online encoder first:
// what it has created by then is what is copied.
func (s *Step) MomentumEncoder() *MomentumEncoder {
	target := nn.Copy(s.root.At("momentum"), s.Online())
	return &MomentumEncoder{step: s, target: target}
}

// IndependentMomentumEncoder is a momentum encoder that starts from its own
// initial weights instead of a copy, as BYOL's target network does.
func (s *Step) IndependentMomentumEncoder() *MomentumEncoder {
	target := nn.Independent(s.root.At("momentum"), s.Online())
	return &MomentumEncoder{step: s, target: target}
}

// Scope is where the momentum encoder's variables lie: embed with it as with [Step.Online].
func (m *MomentumEncoder) Scope() *model.Scope { return m.target }

// Follow moves the parameters toward the online encoder's:
// target ← momentum·target + (1-momentum)·online. Called from Positives it
// takes effect before the keys are embedded, with the weights before this
// step's optimizer (MoCo); called from Update it uses the weights after it
// (BYOL). The momentum is a scalar in [0, 1]. All parameters must exist by then:
// embed a view with the online encoder and its heads first. It panics if there
// are none, and the step fails at its end if any came later.
func (m *MomentumEncoder) Follow(momentum *graph.Node) {
	var targets, sources []*model.Variable
	for _, pair := range nn.Pairs(m.target, m.step.Online()) {
		targets, sources = append(targets, pair[0]), append(sources, pair[1])
	}
	if len(targets) == 0 {
		panic(errors.New("the momentum encoder has no parameters to move yet; embed a view with the online encoder " +
			"before it is made, and call Follow after that"))
	}
	m.step.followers = append(m.step.followers, follower{m.target, targets})
	optim.EMA(m.step.Graph, targets, sources, momentum)
}

// follower is a momentum encoder that moves in a step, with its parameters that do.
type follower struct {
	encoder *model.Scope
	moved   []*model.Variable
}

// checkFollowers panics if a momentum encoder got parameters after it had moved: they would stand still.
func (s *Step) checkFollowers() {
	for _, f := range s.followers {
		for _, pair := range nn.Pairs(f.encoder, s.Online()) {
			if !slices.Contains(f.moved, pair[0]) {
				panic(fmt.Errorf("the momentum encoder moved before its parameter %s existed; embed a view with the online "+
					"encoder and all its heads before Follow is called", pair[0].Path()))
			}
		}
	}
}

// MomentumToOne raises the momentum of a momentum encoder from base to 1 in
// half a cosine over the training, τ = 1 - (1-base)·(cos(πk/K)+1)/2 (Grill et al.
// 2020, arXiv:2006.07733, §3.2; also MoCo v3 and DINO).
func MomentumToOne(base float64, length Length) optim.Schedule {
	return optim.Cosine{From: base, To: 1, Steps: length.Steps(), Form: optim.DINO}
}

// WarmTemperature goes from one temperature of a teacher's softmax to another over
// a number of epochs, a step each epoch, as in the code of DINO.
func WarmTemperature(from, to float64, epochs int, length Length) optim.Schedule {
	warmup := optim.Linear{From: from, To: to, Steps: epochs, Form: optim.DINO}
	return optim.PerEpoch{Epochs: warmup, StepsPerEpoch: length.StepsPerEpoch}
}

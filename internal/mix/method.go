package mix

import (
	"bytes"
	"maps"
	"math"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/framework/optim"
)

// mixed is a method made of the hooks of others.
type mixed struct {
	of        map[hook]framework.Method
	normalize bool // the loss is made for unit vectors, and the positives are none
	// owners are the methods whose Update keeps up what a chosen hook keeps, each once.
	owners []framework.Method
	// adjusters are those of the positives and of the owners.
	adjusters []framework.ParameterAdjuster
}

// build makes the methods. Hooks of one method with equal hyperparameters are of one instance.
func build(p Params, from map[hook]framework.Factory) (framework.Method, error) {
	m := &mixed{
		of:        map[hook]framework.Method{},
		normalize: from[loss].Mixing.UnitLoss && !from[positives].Mixing.UnitPairs,
	}
	var made []*config.Choice
	instances := map[*config.Choice]framework.Method{}
	for _, h := range hooks {
		choice := p.of(h)
		for _, other := range made {
			if bytes.Equal(config.Canonical(*other), config.Canonical(*choice)) {
				m.of[h] = instances[other]
			}
		}
		if m.of[h] == nil {
			method, err := from[h].New(choice.Params)
			if err != nil {
				return nil, err
			}
			m.of[h], instances[choice] = method, method
			made = append(made, choice)
		}
	}
	if len(made) == 1 {
		return m.of[positives], nil
	}
	owned := map[framework.Method]bool{}
	for _, h := range hooks {
		owns := from[h].Mixing.Keeps&bits[h] != 0
		if owns && !owned[m.of[h]] {
			owned[m.of[h]] = true
			m.owners = append(m.owners, m.of[h])
		}
		if adjuster, ok := m.of[h].(framework.ParameterAdjuster); ok &&
			(h == positives || owns && m.of[h] != m.of[positives]) {
			m.adjusters = append(m.adjusters, adjuster)
		}
	}
	if keeper, ok := m.of[positives].(framework.HeadKeeper); ok {
		return struct {
			*mixed
			framework.HeadKeeper
		}{m, keeper}, nil
	}
	return m, nil
}

func (m *mixed) Positives(s *framework.Step) []framework.Pair { return m.of[positives].Positives(s) }

// units are the pairs for the other hooks, scaled to length 1 where the loss is made for that.
func (m *mixed) units(pairs []framework.Pair) []framework.Pair {
	if !m.normalize {
		return pairs
	}
	unit := map[*graph.Node]*graph.Node{} // one embedding in several pairs stays one
	once := func(x *graph.Node) *graph.Node {
		if unit[x] == nil {
			unit[x] = nn.L2Normalize(x)
		}
		return unit[x]
	}
	made := make([]framework.Pair, len(pairs))
	for i, pair := range pairs {
		made[i] = framework.Pair{Anchor: once(pair.Anchor), Positive: once(pair.Positive)}
	}
	return made
}

// Negatives are made of the pairs as the loss gets them.
func (m *mixed) Negatives(s *framework.Step, pairs []framework.Pair) *framework.Negatives {
	return m.of[negatives].Negatives(s, m.units(pairs))
}

func (m *mixed) Loss(s *framework.Step, pairs []framework.Pair, far *framework.Negatives) *graph.Node {
	return m.of[loss].Loss(s, m.units(pairs), far)
}

func (m *mixed) Update(s *framework.Step, pairs []framework.Pair) {
	for _, owner := range m.owners {
		if owner == m.of[positives] {
			owner.Update(s, pairs)
		} else {
			owner.Update(s, m.units(pairs))
		}
	}
}

// Schedules implements [framework.Scheduler]: of one name, the positives' is taken.
func (m *mixed) Schedules(length framework.Length) map[string]optim.Schedule {
	all := map[string]optim.Schedule{}
	for _, h := range []hook{loss, negatives, positives} {
		if scheduler, ok := m.of[h].(framework.Scheduler); ok {
			maps.Copy(all, scheduler.Schedules(length))
		}
	}
	return all
}

// Adjust implements [framework.ParameterAdjuster].
func (m *mixed) Adjust(s *framework.Step, parameter *optim.Param) {
	for _, adjuster := range m.adjusters {
		adjuster.Adjust(s, parameter)
	}
}

// LossAtChance implements [framework.ChanceLosser]: what the loss's method says.
func (m *mixed) LossAtChance(count int) float64 {
	if own, ok := m.of[loss].(framework.ChanceLosser); ok {
		return own.LossAtChance(count)
	}
	return math.Log(float64(count + 1))
}

package optim

import "math"

// Schedule is a value that depends on the step, such as a learning rate.
// Schedules run on the host in float64; their values enter the step's graph as
// scalar inputs, so that nothing is recompiled.
type Schedule interface {
	// At returns the value at a step, counted from 0. Beyond the last step the
	// value of the end holds.
	At(step int) float64
}

// Form is a published convention for where a schedule's ends lie. The forms
// differ by one step, which a comparison of numbers sees. An empty form, as any
// that is not among these, counts as MoCoV3.
type Form string

const (
	// Lightly warms up by (step+1)/warmup, so that the first step is not lost,
	// and decays to the end value at the very last step (library lightly).
	Lightly Form = "lightly"
	// DINO warms up by step/(warmup-1), reaching the base value at the last step
	// of the warm-up and again at the first of the decay, which ends one step
	// short of the end value (facebookresearch/dino, solo-learn).
	DINO Form = "dino"
	// MoCoV3 warms up by step/warmup from 0 and decays as DINO does
	// (facebookresearch/moco-v3 in fractional epochs, barlowtwins).
	MoCoV3 Form = "mocov3"
)

// ramp is how far a ramp of n steps has come at a step in [0, n).
func (f Form) ramp(step, n int) float64 {
	switch f {
	case Lightly:
		return float64(step+1) / float64(n)
	case DINO:
		if n == 1 {
			return 0 // numpy.linspace of one value is its start
		}
		return float64(step) / float64(n-1)
	default:
		return float64(step) / float64(n)
	}
}

// Constant is the same value at every step.
type Constant float64

// At returns the value.
func (c Constant) At(int) float64 { return float64(c) }

// Linear goes from one value to another in a number of steps and stays there:
// warm-ups, and with form DINO the teacher temperature of DINO (Caron et al.
// 2021, arXiv:2104.14294, §3.2; one step an epoch there, see [PerEpoch]).
type Linear struct {
	From, To float64
	Steps    int // of the way; at 0 or less the value is To from the start
	Form     Form
}

// At returns the value at a step.
func (l Linear) At(step int) float64 {
	if step >= l.Steps {
		return l.To
	}
	return l.From + (l.To-l.From)*l.Form.ramp(step, l.Steps)
}

// Cosine follows half a cosine wave from one value to another (Loshchilov &
// Hutter 2017, arXiv:1608.03983, eq. 5 without restarts). It serves learning
// rates, DINO's weight decay (0.04 to 0.4) and the momentum of momentum
// encoders (τ of BYOL, Grill et al. 2020, arXiv:2006.07733, §3.2).
//
// With form Lightly the end value is reached at step Steps-1, otherwise at step
// Steps, which a training of Steps steps does not see.
type Cosine struct {
	From, To float64
	Steps    int // of the way; at 0 or less the value is To from the start
	Form     Form
}

// At returns the value at a step.
func (c Cosine) At(step int) float64 {
	span := c.Steps
	if c.Form == Lightly {
		span--
	}
	if step >= span {
		return c.To
	}
	return halfWave(c.From, c.To, float64(step)/float64(span))
}

// Cycle follows whole cosine waves, from one value to the other and back in each period of steps.
type Cycle struct {
	From, To float64
	Period   int // in steps, at least 1
}

// At returns the value at a step.
func (c Cycle) At(step int) float64 {
	return halfWave(c.From, c.To, 2*float64(step)/float64(c.Period))
}

// halfWave is the cosine from one value at 0 to another at 1.
func halfWave(from, to, at float64) float64 {
	return to + (from-to)*(1+math.Cos(math.Pi*at))/2
}

// MultiStep multiplies a base value by a factor at each milestone (MoCo v1,
// InstDisc). Milestones are the first steps of the lower value.
type MultiStep struct {
	Base, Factor float64
	Milestones   []int // steps
}

// At returns the value at a step.
func (m MultiStep) At(step int) float64 {
	value := m.Base
	for _, milestone := range m.Milestones {
		if step >= milestone {
			value *= m.Factor
		}
	}
	return value
}

// Sequence follows the first schedule for a number of steps, then the second from its step 0.
type Sequence struct {
	First  Schedule
	Steps  int
	Second Schedule
}

// At returns the value at a step.
func (s Sequence) At(step int) float64 {
	if step < s.Steps {
		return s.First.At(step)
	}
	return s.Second.At(step - s.Steps)
}

// PerEpoch changes the value of a schedule over epochs only when an epoch begins.
type PerEpoch struct {
	Epochs        Schedule
	StepsPerEpoch int // at least 1
}

// At returns the value at a step.
func (p PerEpoch) At(step int) float64 { return p.Epochs.At(step / p.StepsPerEpoch) }

// WarmupCosine is a linear warm-up followed by a cosine decay, the learning
// rate of nearly all methods: in a training of total steps the first warmup
// steps rise from start to base, the others fall to final.
func WarmupCosine(form Form, start, base, final float64, warmup, total int) Schedule {
	return Sequence{
		First:  Linear{From: start, To: base, Steps: warmup, Form: form},
		Steps:  warmup,
		Second: Cosine{From: base, To: final, Steps: total - warmup, Form: form},
	}
}

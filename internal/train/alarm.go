package train

import (
	"fmt"
	"math"
	"slices"
)

// Alarm is a sign that a training has gone wrong.
type Alarm struct {
	Step   int // counted from 0 where a Loop raises it
	Kind   AlarmKind
	Detail string // what was seen and what was expected
}

// AlarmKind says what has gone wrong.
type AlarmKind string

// The kinds of alarm.
const (
	// Collapse: the embeddings of all samples are nearly the same (Jing et al. 2022, arXiv:2110.09348).
	Collapse AlarmKind = "collapse"
	// DimensionalCollapse: the embeddings span few directions only.
	DimensionalCollapse AlarmKind = "dimensional-collapse"
	// AtChance: the loss stays where guessing has it, at ln(K+1) for InfoNCE with K negatives.
	AtChance AlarmKind = "loss-at-chance"
	// NotFinite: the loss or the gradient is not a number, or infinite.
	NotFinite AlarmKind = "not-finite"
	// Doubtful: an evaluation's number may not be what its protocol says.
	Doubtful AlarmKind = "doubtful-evaluation"
)

// watch raises each alarm once when a run gives cause.
type watch struct {
	AlarmState
	chance float64 // the loss of guessing, such as ln(K+1); 0 for none
	total  int     // steps of the whole training
}

// AlarmState is what the alarms have seen of a training so far. It is kept in
// checkpoints, so that a resumed training raises the alarms of an uncut one.
// The zero value is that of the beginning.
type AlarmState struct {
	Raised []AlarmKind // each kind is raised once
	Steps  int         // seen
	// Loss and EmbeddingStd are exponential moving averages over about ten
	// steps; PastStd is that of EmbeddingStd over the window that an alarm waits
	// for, and lies above it where it falls.
	Loss, EmbeddingStd, PastStd float64
	// Narrow and Guessing are for how many steps in a row the embeddings have
	// been collapsed and the loss at chance.
	Narrow, Guessing int
}

const (
	// collapsedStd is the standard deviation below which embeddings count as
	// collapsed, relative to the 1/√D of embeddings spread over the sphere. The
	// mean cosine of two samples is 1-s², 0.9975 there. Healthy trainings
	// without batch norm in the projector come down to 0.06 in their first
	// epochs, trainings that collapse go below 0.04.
	collapsedStd = 0.05
	// rising is by how much EmbeddingStd must exceed PastStd to count as growing.
	rising = 1.1
	// chanceMargin is how close to that of guessing, relatively, a loss counts as
	// being there. Networks that have learned nothing stay within a few parts in
	// ten thousand; a loss with many positives, such as SupCon's, is at first
	// only some parts in a thousand below when features are already useful.
	chanceMargin = 0.001
	// smoothing is the weight of the past in the averages over few steps.
	smoothing = 0.9
	// An alarm waits for a quarter of the training, but not less and not more than that many steps.
	minWindow, maxWindow = 20, 1000
)

// window is for how many steps in a row a sign must last in a training of that
// many steps: embeddings of a network may begin close together and part later,
// and a loss may pass through what guessing gives on its way.
func window(total int) int { return min(max(total/4, minWindow), maxWindow) }

// at is the position after a number of steps.
func (w *watch) at(steps int) Position { return Position{Steps: steps, Alarms: w.AlarmState} }

// see takes in the measures of a step and returns the alarms that are new.
func (w *watch) see(step int, m Measures) []Alarm {
	if !m.Finite() {
		return w.raise(nil, step, NotFinite, "loss %v, gradient norm %v", m.Loss, m.GradientNorm)
	}
	if math.IsNaN(m.EmbeddingStd) || math.IsInf(m.EmbeddingStd, 0) {
		m.EmbeddingStd = 0 // whatever spread such embeddings had, none of it can be used
	}
	if w.Steps == 0 {
		w.Loss, w.EmbeddingStd, w.PastStd = m.Loss, m.EmbeddingStd, m.EmbeddingStd
	}
	w.Steps++
	wait := window(w.total)
	blend := func(average *float64, value, keep float64) { *average = keep**average + (1-keep)*value }
	blend(&w.Loss, m.Loss, smoothing)
	blend(&w.EmbeddingStd, m.EmbeddingStd, smoothing)
	blend(&w.PastStd, m.EmbeddingStd, 1-2/float64(wait+1))
	count(&w.Narrow, w.EmbeddingStd < collapsedStd)
	count(&w.Guessing, w.chance > 0 && math.Abs(w.Loss-w.chance) < chanceMargin*w.chance)

	var alarms []Alarm
	if w.Narrow >= wait && w.EmbeddingStd <= rising*w.PastStd {
		alarms = w.raise(alarms, step, Collapse,
			"the embeddings' standard deviation has been below %g/√D for %d steps and is %.3f/√D; spread over the sphere it "+
				"is 1/√D",
			collapsedStd, w.Narrow, w.EmbeddingStd)
	}
	// Learning may begin late: after a warm-up, with a queue still filling, or,
	// as seen of SupCon, after half of a short training.
	if w.Guessing >= wait && step >= w.total*3/4 {
		alarms = w.raise(alarms, step, AtChance,
			"the loss has been near %.4f, what guessing gives, for %d steps and is %.4f", w.chance, w.Guessing, w.Loss)
	}
	return alarms
}

// count adds a step to a row of them, or starts again.
func count(row *int, goesOn bool) {
	if goesOn {
		*row++
	} else {
		*row = 0
	}
}

func (w *watch) raise(alarms []Alarm, step int, kind AlarmKind, format string, args ...any) []Alarm {
	if slices.Contains(w.Raised, kind) {
		return alarms
	}
	w.Raised = append(w.Raised, kind)
	return append(alarms, Alarm{Step: step, Kind: kind, Detail: fmt.Sprintf(format, args...)})
}

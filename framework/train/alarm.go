package train

import (
	"fmt"
	"math"
	"slices"
)

// Alarm is a sign that a training has gone wrong.
type Alarm struct {
	Step   int
	Kind   AlarmKind
	Detail string
}

// AlarmKind says what has gone wrong.
type AlarmKind string

// The kinds of alarm.
const (
	// Collapse: the embeddings of all samples are nearly the same (Jing et al. 2022, arXiv:2110.09348).
	Collapse AlarmKind = "collapse"
	// DimensionalCollapse: the embeddings span few directions only.
	DimensionalCollapse AlarmKind = "dimensional-collapse"
	// AtChance: the loss has not moved from ln(K+1), what guessing gives.
	AtChance AlarmKind = "loss-at-chance"
	// NotFinite: the loss or the gradient is not a number, or infinite.
	NotFinite AlarmKind = "not-finite"
)

// watch raises each alarm once when a run gives cause.
type watch struct {
	AlarmState
	chance float64 // ln(K+1); 0 for none
	total  int     // steps of the whole training
}

// AlarmState is what the alarms have seen of a training so far. It is kept in
// checkpoints, so that a resumed training raises the alarms of an uncut one.
// The zero value is that of the beginning.
type AlarmState struct {
	Raised       []AlarmKind // each kind is raised once
	Steps        int         // seen
	Loss         float64     // exponential moving average
	EmbeddingStd float64     // exponential moving average
	Widest       float64     // the largest such EmbeddingStd
	Narrow       int         // steps for which the embeddings have been collapsed
}

const (
	// collapsedStd is a standard deviation, relative to the 1/√D of embeddings
	// spread over the sphere, below which they count as collapsed.
	collapsedStd = 0.1
	// chanceMargin is how close to ln(K+1), relatively, a loss counts as being there.
	chanceMargin = 0.01
	// smoothing is the weight of the past in the averages that alarms look at.
	smoothing = 0.9
	// patience is how many steps an average needs before it is believed.
	patience = 20
)

// at is the position after a number of steps.
func (w *watch) at(steps int) Position { return Position{Steps: steps, Alarms: w.AlarmState} }

// see takes in the measures of a step and returns the alarms that are new.
func (w *watch) see(step int, m Measures) []Alarm {
	if !m.finite() {
		return w.raise(nil, step, NotFinite, "loss %v, gradient norm %v", m.Loss, m.GradientNorm)
	}
	if math.IsNaN(m.EmbeddingStd) || math.IsInf(m.EmbeddingStd, 0) {
		m.EmbeddingStd = 0 // whatever spread such embeddings had, none of it can be used
	}
	if w.Steps == 0 {
		w.Loss, w.EmbeddingStd = m.Loss, m.EmbeddingStd
	}
	w.Steps++
	blend := func(old *float64, value float64) { *old = smoothing**old + (1-smoothing)*value }
	blend(&w.Loss, m.Loss)
	blend(&w.EmbeddingStd, m.EmbeddingStd)

	w.Widest = max(w.Widest, w.EmbeddingStd)
	late := step >= w.total/2 && w.Steps >= patience
	if w.EmbeddingStd < collapsedStd {
		w.Narrow++
	} else {
		w.Narrow = 0
	}
	// Embeddings of an untrained network may begin close together, and part
	// later: a collapse is to come there, or not to leave.
	fallen := w.Narrow >= max(patience, w.total/10) && w.EmbeddingStd < w.Widest/2

	var alarms []Alarm
	if w.Narrow > 0 && (late || fallen) {
		alarms = w.raise(alarms, step, Collapse,
			"the embeddings' standard deviation is %.3f/√D; spread over the sphere it is 1/√D", w.EmbeddingStd)
	}
	if late && w.chance > 0 && math.Abs(w.Loss-w.chance) < chanceMargin*w.chance {
		alarms = w.raise(alarms, step, AtChance, "the loss is %.4f; guessing gives ln(K+1) = %.4f", w.Loss, w.chance)
	}
	return alarms
}

func (w *watch) raise(alarms []Alarm, step int, kind AlarmKind, format string, args ...any) []Alarm {
	if slices.Contains(w.Raised, kind) {
		return alarms
	}
	w.Raised = append(w.Raised, kind)
	return append(alarms, Alarm{Step: step, Kind: kind, Detail: fmt.Sprintf(format, args...)})
}

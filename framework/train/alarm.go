package train

import (
	"fmt"
	"math"
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
	chance  float64 // ln(K+1); 0 for none
	total   int     // steps of the whole training
	raised  map[AlarmKind]bool
	smooth  Measures // exponential moving average
	widest  float64  // the largest smoothed standard deviation of the embeddings so far
	narrow  int      // steps for which they have been collapsed
	samples int
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

// see takes in the measures of a step and returns the alarms that are new.
func (w *watch) see(step int, m Measures) []Alarm {
	if !m.finite() {
		return w.raise(nil, step, NotFinite, "loss %v, gradient norm %v", m.Loss, m.GradientNorm)
	}
	if w.samples == 0 {
		w.smooth = m
	}
	w.samples++
	blend := func(old *float64, value float64) { *old = smoothing**old + (1-smoothing)*value }
	blend(&w.smooth.Loss, m.Loss)
	blend(&w.smooth.EmbeddingStd, m.EmbeddingStd)

	w.widest = max(w.widest, w.smooth.EmbeddingStd)
	late := step >= w.total/2 && w.samples >= patience
	if w.smooth.EmbeddingStd < collapsedStd {
		w.narrow++
	} else {
		w.narrow = 0
	}
	// Embeddings of an untrained network may begin close together, and part
	// later: a collapse is to come there, or not to leave.
	fallen := w.narrow >= max(patience, w.total/10) && w.smooth.EmbeddingStd < w.widest/2

	var alarms []Alarm
	if w.narrow > 0 && (late || fallen) {
		alarms = w.raise(alarms, step, Collapse,
			"the embeddings' standard deviation is %.3f/√D; spread over the sphere it is 1/√D", w.smooth.EmbeddingStd)
	}
	if late && w.chance > 0 && math.Abs(w.smooth.Loss-w.chance) < chanceMargin*w.chance {
		alarms = w.raise(alarms, step, AtChance, "the loss is %.4f; guessing gives ln(K+1) = %.4f", w.smooth.Loss, w.chance)
	}
	return alarms
}

func (w *watch) raise(alarms []Alarm, step int, kind AlarmKind, format string, args ...any) []Alarm {
	if w.raised[kind] {
		return alarms
	}
	if w.raised == nil {
		w.raised = map[AlarmKind]bool{}
	}
	w.raised[kind] = true
	return append(alarms, Alarm{Step: step, Kind: kind, Detail: fmt.Sprintf(format, args...)})
}

package optim

import "github.com/gomlx/gomlx/ml/model"

// Group says how a parameter is treated. The zero value is the usual treatment.
type Group struct {
	NoDecay bool // no weight decay
	NoAdapt bool // no layer-wise scaling by LARS: plain SGD with momentum
	// LRScale multiplies the learning rate, in [0, ∞); 0 counts as 1.
	LRScale float64
	// FixedLR keeps the learning rate at its base value whatever the schedule
	// says: the predictor of SimSiam (Chen & He 2021, arXiv:2011.10566, §4.2).
	FixedLR bool
}

// IsBiasOrNorm reports whether a parameter has at most one axis, as biases,
// the scales and shifts of normalization layers, and learned scalars do: those
// that most papers leave out of weight decay and of LARS.
func IsBiasOrNorm(v *model.Variable) bool { return v.Shape().Rank() <= 1 }

// Part is a mark on a parameter that says which part of a network it belongs to,
// for those who treat parts differently: "predictor". Empty marks no part.
type Part string

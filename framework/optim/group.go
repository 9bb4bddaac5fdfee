package optim

import (
	"slices"

	"github.com/gomlx/gomlx/ml/model"
)

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

// IsBiasOrNorm reports whether a parameter has at most one axis and is no token,
// as biases, the scales and shifts of normalization layers, and learned scalars:
// those that most papers leave out of weight decay and of LARS.
func IsBiasOrNorm(v *model.Variable) bool { return v.Shape().Rank() <= 1 && !IsToken(v) }

// IsToken reports whether a parameter is a learned token of a transformer, by its
// name. It is a vector here and has more axes in PyTorch, so that rules which go by
// the axes decay it: those of DINO, iBOT, DINOv2, MSN, I-JEPA and MAE (official code).
func IsToken(v *model.Variable) bool {
	return slices.Contains([]string{"cls_token", "mask_token", "token"}, v.Name())
}

// IsClassOrPosition reports whether a parameter is the class token of a transformer
// or its learned positions: timm's list of what is not decayed (no_weight_decay of
// its vision transformer), which DeiT, BEiT, data2vec and SimMIM follow.
func IsClassOrPosition(v *model.Variable) bool {
	return v.Name() == "cls_token" || v.Name() == "pos_embed"
}

// Part is a mark on a parameter that says which part of a network it belongs to,
// for those who treat parts differently: "predictor". Empty marks no part.
type Part string

package engine

import (
	"github.com/gomlx/compute"
	"github.com/kontrast-ml/kontrast/engine/reference"
)

// ownOperations are the ops that the engine has and GoMLX's Go backend has not.
var ownOperations = []compute.OpType{
	compute.OpTypeBatchNormForTraining,
	compute.OpTypeBatchNormForInference,
	compute.OpTypeBatchNormGradient,
	compute.OpTypeFusedScaledDotProductAttention,
	compute.OpTypeFusedScaledDotProductAttentionVJP,
}

// Capabilities returns what the Go backend can do and the engine's own ops.
func (b *Backend) Capabilities() compute.Capabilities {
	c := reference.Backend().Capabilities().Clone()
	for _, op := range ownOperations {
		c.Operations[op] = true
	}
	return c
}

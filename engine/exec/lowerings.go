package exec

import "github.com/kontrast-ml/kontrast/engine/ir"

// lowerings are the engine's own kernels.
var lowerings = map[ir.Op]lowering{}

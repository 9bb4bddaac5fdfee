package exec

import "github.com/kontrast-ml/kontrast/engine/ir"

func lowerLoop(_ *Runtime, n *ir.Node) *kernel { return nil }

// Package passes improves graphs. Each pass is a function of a graph that leaves its results unchanged; Run applies them
// in order.
package passes

import "github.com/kontrast-ml/kontrast/engine/ir"

// Run applies all passes.
func Run(g *ir.Graph) {
	DeadCode(g)
}

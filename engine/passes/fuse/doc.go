// Package fuse merges pointwise ops and reductions into loops, each of which
// reads its operands from memory once and writes its results once.
//
// Between two convolutions or matrix products a network has dozens of cheap ops:
// bias, batch norm, activation, residual sum, and their gradients. Run one by one,
// each reads and writes a whole tensor, and memory is what they wait for. As one
// loop they cost about what reading the inputs and writing the outputs costs.
//
// # What a loop is
//
// A loop ([ir.Loop]) has an iteration space, a shape such as [batch, height, width,
// channels], whose axes are split into rows and the elements of a row. For every
// element of the space it loads operands and executes a list of instructions. It
// runs over blocks of 2,048 elements, so that the values between instructions
// stay in the first-level cache (package exec). Three kinds of nodes fit:
//
//   - pointwise ops over the space;
//   - reductions of rows, whose results the same row may use again. Softmax, layer
//     norm, cross-entropy and their gradients are one loop each. Ops on such
//     results, which have one element a row, join too (cluster.perRow);
//   - at the end, reductions of columns or of everything, such as the gradients
//     of biases and of batch norm. Nothing in the same loop can use their results.
//
// Broadcasts, transposes and reshapes of operands become strides of the loads
// (operand.go): a broadcast bias is never expanded in memory.
//
// # How loops are found
//
//  1. Every node that fits is a cluster of its own (cluster.go).
//  2. Producers are merged with their consumers, in the order of the graph, where
//     the consumer reads the very element, or row, that the producer has just
//     computed. Two clusters are not merged if a path leads from one to the
//     other through a node outside of both, since the loop would then depend on
//     itself (order.go keeps a topological order, so that this search is short).
//  3. Siblings are merged: loops over the same space that read the same tensor.
//  4. Rematerialization (rematerialize.go): a value that one loop would store for
//     another is computed again there, if that moves less memory. Costs are
//     relative to reading an element: 0.05 for cheap instructions, 0.4 for exp and
//     the like. So the mask of a ReLU never reaches memory; the backward pass
//     computes it from the activation that it reads anyway. Of several values
//     made of a common one, that one is stored (share.go).
//  5. A loop is emitted for each cluster (emit.go).
//
// Fusion into matrix products, as their epilogue, comes later:
// passes.FuseEpilogues.
package fuse

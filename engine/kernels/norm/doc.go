// Package norm has the float32 normalisations of the engine and their
// gradients: batch norm, layer norm, softmax with its relatives, and L2.
//
// Arrays are [R, C], row-major: images [N,H,W,C] count as [N*H*W, C]. Results
// do not depend on the number of threads: work items and the order of partial
// sums depend on the shape alone. Output slices may be the input they replace
// (y for x, dx for dy or x).
package norm

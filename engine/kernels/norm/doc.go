// Package norm has the float32 kernels of batch norm and its gradient (Ioffe & Szegedy 2015, arXiv:1502.03167), fused
// with the ReLU and the addition that follow.
//
// Arrays are [R, C], row-major: images [N,H,W,C] count as [N*H*W, C]; what belongs to a channel is [C]. All functions
// but [Moments] are serial and meant for blocks that stay in the first-level cache. A destination may be one of the
// arrays that are read. Operands that are too short are errors of the caller and panic.
package norm

// Package gemm multiplies float32 matrices: C = op(A)·op(B), where op is the
// identity or the transpose. Matrices are row-major with any leading dimension,
// and a product may have batch axes, as GoMLX's DotGeneral has.
//
// [New] plans a product of a given shape once: it picks block sizes and kernels.
// A [Plan] is immutable, and any number of goroutines may call its Run method,
// each with scratch memory of its own. Weights that serve several runs are packed
// once ([Plan.PackB], [Plan.RunPacked]). A result has the same bits for any number
// of threads: how K is cut depends on the shape alone.
//
// # Blocking
//
// The algorithm is that of Goto and van de Geijn (Anatomy of High-Performance
// Matrix Multiplication, ACM TOMS 34(3), 2008), in the terms of BLIS (Van Zee and
// van de Geijn, ACM TOMS 41(3), 2015). A product does 2·M·N·K operations on
// M·K + K·N elements. The loops are arranged so that an element, once it is in a
// cache, is used as often as possible before it leaves it:
//
//	for each slice of KC of K                       [Plan.multiply]
//	    pack B[KC, N] into micropanels KC × NR      shared by all threads
//	    for each item of MC rows (× NC columns)     in parallel, on the pool
//	        pack A[MC, KC] into micropanels MR × KC private to a worker, in its second-level cache
//	        for each micropanel of B                macrokernel: in the first-level cache
//	            for each micropanel of A            microkernel: C tile MR × NR in registers
//	                C tile += A micropanel · B micropanel
//
// The microkernel is assembly (package micro): a tile of C stays in registers
// while it adds up KC outer products of a column of A and a row of B.
//
//	         MR × NR   KC      micropanel of B   block of A
//	AVX-512  8 × 32    ≤ 256   ≤ 32 KiB          ≤ 256 KiB
//	AVX2     6 × 16    ≤ 384   ≤ 24 KiB          ≤ 256 KiB
//	portable 4 × 4     ≤ 2048  ≤ 32 KiB          not packed
//
// A plan keeps MC as [Plan.itemTiles] (in units of MR) and NC as
// [Plan.itemPanels] (in units of NR). MC shrinks until a product has about 32
// items, or four for each of [Spec].Threads, so that no thread waits long for the
// last one. If that leaves fewer items than threads, NC shrinks.
//
// # Departures from the textbook
//
//   - A is not packed if C has few columns, where a packed element would be used
//     too rarely to pay: the microkernel then finds the rows of A through a table.
//     There, KC is larger and items may be cut along N as well.
//   - B is not packed if C has three tiles of rows or fewer (AVX-512 only).
//   - A batch of many small products is done a product per worker.
//   - A product with a long K and a small C, as gradients of weights are, is cut
//     along K (splitK): each worker adds up a C of its own, and these are added
//     in order at the end.
//   - Batch axes that continue the rows of A and C become rows.
//   - A worker that computes a product or a part of K alone prefetches the next
//     slice of K while it multiplies this one.
//
// # Epilogue
//
// Run calls its epilogue for rows of C as soon as they are complete, in the thread
// that computed them: what follows the product (bias, activation, residual, layer
// norm) then finds them in the cache. This is how the engine fuses loops into
// products (passes.FuseEpilogues).
//
// # Accuracy
//
// Every element is a sum of K products accumulated in float32 by fused
// multiply-adds in order of k, so |error| ≤ K·2⁻²⁴·Σₖ|aₖ·bₖ| to first order
// (Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., section 3.1).
// With [Spec].BFloat16 the bound holds for the rounded operands. Processors with
// AVX512_BF16 add two products at a time, each by itself, and take numbers below
// 2⁻¹²⁶, be they operands, products or sums, for 0: the bound grows by K·2⁻¹²⁶, and
// tiers may differ in the last bits.
package gemm

// Package abi holds the argument blocks of the assembly kernels. It is a
// package of its own so that the generator can ask for field offsets.
package abi

// Tile is one call of a tile kernel: MR output rows by up to NR columns,
//
//	C[row r] = Σ over taps and k of A[tap row r][k] · B[tap][k]
//
// The rows of A are found through a table (an indirect matrix product, as in
// Dukhan, The Indirect Convolution Algorithm, arXiv:1907.02129), so a
// convolution needs no copy of its input.
type Tile struct {
	// Taps is a table of NTaps entries of 1+MR numbers: the first row of B of the
	// tap, and where each row of A begins, in elements from A. A negative row is
	// a row of zeros.
	Taps  *int32
	NTaps int // 1 or more
	K     int // length of a row of A, in bytes; 4 or more

	A    *float32
	Zero *float32 // K bytes of zeros
	B    *float32
	LDB  int // bytes between rows of B; read by strided kernels only

	// Rows tells where each row of C begins, in elements from C. A negative row goes to Dump.
	Rows    *int32
	C       *float32
	Dump    *float32 // NR elements nobody reads
	Columns int      // columns to store, 1 to NR

	Accumulate uint64 // if not 0, the sums are added to what C holds

	// A kernel with packed A computes Count tiles below each other. If LDC, the bytes between rows of C, is not 0, all
	// tiles are whole, and Rows only tells which rows to fetch in advance. If it is 0, Count is 1.
	Count int
	LDC   int
	// Prefetch is what a kernel with packed A fetches into the second-level cache while it multiplies, 64 bytes for every
	// 4 elements of a row of A; what lies there need not exist.
	Prefetch *float32
}

// Outer is one call of an outer-product kernel: Rows × Columns elements of
//
//	C[r][j] += Σ over pairs A[pair][r] · B[pair][j]
type Outer struct {
	// Pairs is a table of Count entries of two numbers: where the column of A
	// and the row of B begin, in elements from A and B.
	Pairs *int32
	Count int // 1 or more

	A, B, C *float32
	LDC     int // bytes between rows of C
	Columns int // at most the kernel's
}

// Transform is one call of a Winograd transform: Count times, a square block of
// vectors is transformed along both axes. Distances are in bytes.
type Transform struct {
	Src, Dst         *float32
	Tmp              *float32 // 36 vectors
	SrcRow, SrcCol   int      // between vectors of the block
	DstRow, DstCol   int
	SrcStep, DstStep int // to the next block
	Count            int // 1 or more
}

// Dot is one call of a depthwise kernel: for each of Vectors vectors of channels,
//
//	Y += Σ over pairs W[pair] · X[pair]
type Dot struct {
	Y, W, X *float32
	// Pairs is a table of Count entries of two numbers: where the channels of W
	// and of X begin, in elements.
	Pairs   *int32
	Count   int // 1 or more
	Vectors int // 1 or more
	// Overwrite, if not 0, makes the sums replace what Y held.
	Overwrite uint64
}

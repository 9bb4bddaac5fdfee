//go:build !amd64

package micro

// Microkernel computes a tile with B packed in rows of that width.
func (s Set) Microkernel(t *Tile, width int) { tile4x4Go(t) }

// MicrokernelBInPlace is never called: ReadsBInPlace is false here.
func (s Set) MicrokernelBInPlace(t *Tile, width int) { panic(noKernel) }

// MicrokernelPackedA is never called: PacksA is false here.
func (s Set) MicrokernelPackedA(t *Tile, width int) { panic(noKernel) }

func (s Set) packA(dst, src []float32, depth, ld int, transposed bool) int { panic(noKernel) }

func (s Set) copyRows(dst, src []float32, rows, width, ldd, lds int) bool { return false }

func (s Set) transposeBlock(dst, src []float32, ldd, lds int) {
	transposeGo(dst, src, s.Lanes, ldd, lds)
}

func (s Set) addBlocks(dst, src []float32) int { return 0 }

// OuterProduct sums outer products of as many rows as it can at once, at most the
// given number, and returns how many it did.
func (s Set) OuterProduct(o *Outer, rows int) int { return outer4Go(o, rows) }

const noKernel = "micro: the portable tier has no such kernel"

// Winograd is never called here.
func (s Set) Winograd(step Step, m int, t *Transform) { panic(noKernel) }

// runDot is never called here.
func (s Set) runDot(d *Dot) { panic(noKernel) }

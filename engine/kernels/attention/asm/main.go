// Command asm generates the assembly of package attention.
package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"

	. "github.com/kontrast-ml/kontrast/engine/kernels/internal/simdgen"
)

func main() {
	for _, vectors := range []int{2, 1} {
		for _, rows := range []int{8, 4, 2, 1} {
			FunctionAVX512(tile(rows, vectors))
		}
		for _, rows := range []int{6, 4, 2, 1} {
			name, signature, body := tile(rows, vectors)
			FunctionAVX2(name, signature, Native, body)
		}
	}
	writeSoftmax()
	writeGradient()
	writePrefetch()
	Generate()
}

// tile describes a matrix product of tiles times rows rows by some vectors: C = A B, C + A B if accumulate is not 0, or
// A B with each row multiplied by its element of factors if that is not nil. Distances are in bytes: lda between rows
// of A, ka between its columns, ldb and ldc between rows of B and C. For each row of C a row of next, ldn apart, is
// fetched in advance unless next is nil.
func tile(rows, vectors int) (name, signature string, body func(k *Kernel)) {
	name = fmt.Sprintf("tile%dx%d", rows, vectors)
	signature = "func(c, a, b, factors, next *float32, tiles, depth, lda, ka, ldb, ldc, ldn, accumulate int)"
	return name, signature, func(k *Kernel) {
		c, a, tiles := k.Int("c"), k.Int("a"), k.Int("tiles")
		stride, ka, ldb := k.Int("lda"), k.Int("ka"), k.Int("ldb")
		row := rowOffsets(a, stride, rows)
		tile := k.Label("tile")
		build.Label(tile)
		fetchAhead(k, rows)
		acc := make([][]V, rows)
		for r := range acc {
			for range vectors {
				acc[r] = append(acc[r], k.Zero())
			}
		}
		here, b, depth := Copy(a), k.Int("b"), k.Int("depth")
		step := k.Label("step")
		build.Label(step)
		var columns []V
		for v := range vectors {
			columns = append(columns, k.Load(operand.Mem{Base: b, Disp: 4 * k.Lanes() * v}))
		}
		for r := range rows {
			m := row(r)
			m.Base = here
			x := k.BroadcastMem(m)
			for v, column := range columns {
				k.MulAdd(acc[r][v], x, column)
			}
		}
		build.ADDQ(ka, here)
		build.ADDQ(ldb, b)
		build.DECQ(depth)
		build.JNE(operand.LabelRef(step))
		store(k, c, acc)
		for range rows {
			build.ADDQ(stride, a)
		}
		build.DECQ(tiles)
		build.JNE(operand.LabelRef(tile))
	}
}

// rowOffsets returns the address of each of up to 8 rows as one base and multiples of the stride.
func rowOffsets(base, stride Pointer, rows int) func(r int) operand.Mem {
	multiples := map[int]Pointer{1: stride}
	for _, m := range []int{3, 5, 7} {
		if m >= rows && !(m == 3 && rows == 7) {
			continue
		}
		product := build.GP64()
		build.IMUL3Q(operand.Imm(uint64(m)), stride, product)
		multiples[m] = product
	}
	return func(r int) operand.Mem {
		for scale := 1; r > 0 && scale <= 4; scale *= 2 {
			if p, found := multiples[r/scale]; found && r%scale == 0 {
				return operand.Mem{Base: base, Index: p, Scale: uint8(scale)}
			}
		}
		return operand.Mem{Base: base}
	}
}

// store writes the accumulators to C and advances c.
func store(k *Kernel, c Pointer, acc [][]V) {
	overwrite, scale, done := k.Label("overwrite"), k.Label("scale"), k.Label("stored")
	ldc := k.Int("ldc")
	rows := func(prepare func(r int), write func(sum V, m operand.Mem)) {
		for r, vectors := range acc {
			prepare(r)
			for v, sum := range vectors {
				write(sum, operand.Mem{Base: c, Disp: 4 * k.Lanes() * v})
			}
			build.ADDQ(ldc, c)
		}
	}
	nothing := func(int) {}
	factors := k.Int("factors")
	build.TESTQ(factors, factors)
	build.JNE(operand.LabelRef(scale))
	accumulate := k.Int("accumulate")
	build.TESTQ(accumulate, accumulate)
	build.JEQ(operand.LabelRef(overwrite))
	rows(nothing, func(sum V, m operand.Mem) {
		k.Accumulate(sum, k.Load(m))
		k.Store(sum, m)
	})
	build.JMP(operand.LabelRef(done))
	build.Label(scale)
	var factor V
	rows(func(r int) {
		factor = k.BroadcastMem(operand.Mem{Base: factors, Disp: 4 * r})
	}, func(sum V, m operand.Mem) { k.Store(k.Mul(sum, factor), m) })
	next, err := build.Param("factors").Resolve()
	if err != nil {
		panic(err)
	}
	build.ADDQ(operand.Imm(uint64(4*len(acc))), next.Addr)
	build.JMP(operand.LabelRef(done))
	build.Label(overwrite)
	rows(nothing, k.Store)
	build.Label(done)
}

// fetchAhead asks for so many rows of next, which it advances: four cache lines of each, to the second-level cache.
func fetchAhead(k *Kernel, rows int) {
	const line, lines = 64, 4
	next, done := k.Int("next"), k.Label("fetched")
	build.TESTQ(next, next)
	build.JEQ(operand.LabelRef(done))
	ldn := k.Int("ldn")
	for range rows {
		for i := range lines {
			build.PREFETCHT1(operand.Mem{Base: next, Disp: line * i})
		}
		build.ADDQ(ldn, next)
	}
	place, err := build.Param("next").Resolve()
	if err != nil {
		panic(err)
	}
	build.MOVQ(next, place.Addr)
	build.Label(done)
}

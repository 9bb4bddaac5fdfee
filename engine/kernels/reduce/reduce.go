// Package reduce has the float32 reductions of the engine.
//
// Results do not depend on the number of threads: the input is cut into chunks
// whose size depends on the shape alone, and the chunks are combined by a fixed
// binary tree. Sums keep 64 running totals (16 lanes, four apart) over at most
// 2,048 values, so the rounding error of a sum of n values grows with log n rather
// than n. NaN propagates through every op.
package reduce

import (
	"fmt"

	"github.com/kontrast-ml/kontrast/engine/kernels/scratch"
	"github.com/kontrast-ml/kontrast/engine/pool"
)

// Op is a reduction.
type Op uint8

// The reductions. An empty Sum is 0, an empty Product 1, an empty Max -Inf and
// an empty Min +Inf.
const (
	Sum Op = iota
	Max
	Min
	Product
	ops
)

var names = [ops]string{"Sum", "Max", "Min", "Product"}

// String returns the name of the constant.
func (op Op) String() string {
	if op < ops {
		return names[op]
	}
	return fmt.Sprintf("Op(%d)", uint8(op))
}

// chunk is the number of elements that one work item reduces at least, if
// there are as many.
const chunk = 1 << 14

// Block reduces x serially: the reduction of one chunk for callers that split the work themselves.
func Block(op Op, x []float32) float32 { return active().block(op, x) }

// BlockRows reduces each row of x, which is [len(dst), cols], serially.
func BlockRows(op Op, dst, x []float32, cols int) {
	k := active()
	if cols > 0 && cols <= unit {
		k.rows[op](dst, x[:len(dst)*cols], cols)
		return
	}
	for r := range dst {
		dst[r] = k.block(op, x[r*cols:][:cols])
	}
}

// DotBlock returns Σ a[i]*b[i] over i below len(a), serially.
func DotBlock(a, b []float32) float32 { return active().dotBlock(a, b[:len(a)]) }

// BlockColumns folds the rows of x, which is [R, len(acc)], into acc serially: acc[c] = op(acc[c], x[0,c], ...).
func BlockColumns(op Op, acc, x []float32) {
	checkRows(len(x), len(acc))
	active().columns[op](acc, x)
}

// checkRows panics unless n elements are whole rows.
func checkRows(n, cols int) {
	if n != 0 && (cols == 0 || n%cols != 0) {
		panic(fmt.Sprintf("reduce: %d elements are not whole rows of %d", n, cols))
	}
}

// unit is the greatest number of elements that one kernel call sums.
const unit = 2048

func (k *kernels) block(op Op, x []float32) float32 {
	if len(x) <= unit {
		return k.row[op](x)
	}
	half := halve(len(x))
	return scalarOps[op](k.block(op, x[:half]), k.block(op, x[half:]))
}

func (k *kernels) dotBlock(a, b []float32) float32 {
	if len(a) <= unit {
		return k.dot(a, b)
	}
	half := halve(len(a))
	return k.dotBlock(a[:half], b[:half]) + k.dotBlock(a[half:], b[half:])
}

// halve splits n into whole units, about equal.
func halve(n int) int { return (n/2 + unit - 1) / unit * unit }

// All reduces all of x to one number.
func All(p *pool.Pool, op Op, x []float32) float32 {
	k := active()
	items := (len(x) + chunk - 1) / chunk
	if items <= 1 {
		return k.block(op, x)
	}
	partial := scratch.Get(items)
	defer partial.Free()
	p.Run(items, func(i, _ int) {
		partial.Data[i] = k.block(op, x[i*chunk:min((i+1)*chunk, len(x))])
	})
	return tree(op, partial.Data)
}

// tree combines x pairwise: the halves first, then both.
func tree(op Op, x []float32) float32 {
	if len(x) == 1 {
		return x[0]
	}
	half := (len(x) + 1) / 2
	return scalarOps[op](tree(op, x[:half]), tree(op, x[half:]))
}

// Rows reduces each row of x, which is [len(dst), cols]: dst[r] = op over c of x[r,c].
func Rows(p *pool.Pool, op Op, dst, x []float32, cols int) {
	if cols > chunk {
		for r := range dst {
			dst[r] = All(p, op, x[r*cols:][:cols])
		}
		return
	}
	perItem := max(1, chunk/max(cols, 1))
	p.Run((len(dst)+perItem-1)/perItem, func(i, _ int) {
		from, to := i*perItem, min((i+1)*perItem, len(dst))
		BlockRows(op, dst[from:to], x[from*cols:to*cols], cols)
	})
}

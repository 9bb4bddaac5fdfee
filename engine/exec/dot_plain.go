package exec

import (
	"github.com/gomlx/compute/dtypes"

	"github.com/kontrast-ml/kontrast/engine/ir"
	"github.com/kontrast-ml/kontrast/engine/plan"
)

// plainDot is a DotGeneral of another type than float32, in plain Go: for every batch the products of rows of the left
// operand with columns of the right one. The lists say where in the operands they are.
type plainDot struct {
	batchA, batchB []int
	rows, cols     []int
	alongA, alongB []int // the contracted elements of a row, and of a column
	block          int   // rows of a work item
}

const (
	plainDotRows   = 64      // the most rows of a work item
	plainDotPacked = 1 << 14 // elements that an item's rows may have, about: they stay in the second-level cache
	plainDotCols   = 4       // columns that are multiplied side by side
)

func lowerPlainDot(rt *Runtime, n *ir.Node) *kernel {
	d := n.Attrs.(ir.Dot)
	dtype := n.Outputs[0].Shape.DType
	if n.Inputs[0].Shape.DType != dtype || n.Inputs[1].Shape.DType != dtype || d.Accumulator != dtypes.InvalidDType &&
		d.Accumulator != dtype {
		return nil
	}
	run := typed[dtype].dot
	if run == nil || n.Inputs[0].Size() == 0 || n.Inputs[1].Size() == 0 {
		return nil
	}
	p := newPlainDot(d, n.Inputs[0].Dims(), n.Inputs[1].Dims())
	blocks := (len(p.rows) + p.block - 1) / p.block
	perWorker := (p.block + plainDotCols) * len(p.alongA) * dtype.Size()
	return &kernel{
		traits: plan.Traits{Scratch: rt.pool.Threads() * perWorker},
		run: func(c *call) error {
			c.pool.Run(len(p.batchA)*blocks, func(item, worker int) {
				run(p, c, item/blocks, item%blocks*p.block, c.scratch[worker*perWorker:][:perWorker])
			})
			return nil
		},
	}
}

func newPlainDot(d ir.Dot, lhs, rhs []int) *plainDot {
	p := &plainDot{
		batchA: offsets(lhs, d.LHSBatch), batchB: offsets(rhs, d.RHSBatch),
		rows:   offsets(lhs, freeAxes(lhs, d.LHSBatch, d.LHSContracting)),
		cols:   offsets(rhs, freeAxes(rhs, d.RHSBatch, d.RHSContracting)),
		alongA: offsets(lhs, d.LHSContracting), alongB: offsets(rhs, d.RHSContracting),
	}
	p.block = min(len(p.rows), plainDotRows, max(1, plainDotPacked/len(p.alongA)))
	return p
}

// offsets lists where the elements along some axes of a dense tensor are, the last of the axes running fastest.
func offsets(dims, axes []int) []int {
	strides := rowMajor(dims)
	list := []int{0}
	for _, axis := range axes {
		next := make([]int, 0, len(list)*dims[axis])
		for _, at := range list {
			for i := range dims[axis] {
				next = append(next, at+i*strides[axis])
			}
		}
		list = next
	}
	return list
}

type plainDotFunc func(p *plainDot, c *call, batch, from int, scratch []byte)

// multiplyRows computes a block of rows of a batch, from the row with the given number.
func multiplyRows[T number](p *plainDot, c *call, batch, from int, scratch []byte) {
	a, b, k := view[T](c.in[0])[p.batchA[batch]:], view[T](c.in[1])[p.batchB[batch]:], len(p.alongA)
	out := view[T](c.out[0])[batch*len(p.rows)*len(p.cols):]
	packed := view[T](scratch)
	rows := p.rows[from:min(from+p.block, len(p.rows))]
	for i, at := range rows {
		collect(packed[i*k:(i+1)*k], a[at:], p.alongA)
	}
	panel := packed[p.block*k:][:plainDotCols*k]
	for col := 0; col < len(p.cols); col += plainDotCols {
		cols := p.cols[col:min(col+plainDotCols, len(p.cols))]
		for j, at := range cols {
			collect(panel[j*k:(j+1)*k], b[at:], p.alongB)
		}
		for i := range rows {
			products := fourProducts(packed[i*k:(i+1)*k], panel)
			copy(out[(from+i)*len(p.cols)+col:], products[:len(cols)])
		}
	}
}

func collect[T any](dst, src []T, at []int) {
	for i, k := range at {
		dst[i] = src[k]
	}
}

// fourProducts multiplies a with each of the four vectors of the panel.
func fourProducts[T number](a, panel []T) (products [plainDotCols]T) {
	n := len(a)
	b0, b1, b2, b3 := panel[:n], panel[n:][:n], panel[2*n:][:n], panel[3*n:][:n]
	var s0, s1, s2, s3 T
	for i, x := range a {
		s0 += x * b0[i]
		s1 += x * b1[i]
		s2 += x * b2[i]
		s3 += x * b3[i]
	}
	return [...]T{s0, s1, s2, s3}
}

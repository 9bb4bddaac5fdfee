package exec

import (
	"math"
	"slices"

	"github.com/gomlx/compute"

	"github.com/kontrast-ml/kontrast/engine/ir"
	"github.com/kontrast-ml/kontrast/engine/kernels/pooling"
	"github.com/kontrast-ml/kontrast/engine/kernels/vector"
	"github.com/kontrast-ml/kontrast/engine/plan"
)

// lowerReduceWindow reduces windows of float32 tensors of any rank: an output row along the last axis is the
// combination of the input rows under its window.
func lowerReduceWindow(_ *Runtime, n *ir.Node) *kernel {
	w := n.Attrs.(ir.Window)
	in, out := n.Inputs[0].Dims(), n.Outputs[0].Dims()
	rank := len(in)
	if !allFloat32(n) || rank == 0 || n.Inputs[0].Size() == 0 {
		return nil
	}
	var op vector.BinaryOp
	var neutral float32
	switch w.Reduce {
	case compute.ReduceOpSum:
		op = vector.Add
	case compute.ReduceOpProduct:
		op, neutral = vector.Mul, 1
	case compute.ReduceOpMax:
		op, neutral = vector.Max, float32(math.Inf(-1))
	case compute.ReduceOpMin:
		op, neutral = vector.Min, float32(math.Inf(1))
	default:
		return nil
	}
	last := rank - 1
	if w.Dims[last] != 1 || w.Strides[last] != 1 || w.InputDilations[last] != 1 || w.Paddings[last] != [2]int{} {
		return nil
	}
	offsets := windowOffsets(w.Dims[:last])
	strides := rowMajor(in)
	length := out[last]
	rows := n.Outputs[0].Size() / length
	perItem := max(1, perCopyItem/(length*len(offsets)))
	return &kernel{run: func(c *call) error {
		x, y := f32(c.in[0]), f32(c.out[0])
		c.pool.Run((rows+perItem-1)/perItem, func(item, _ int) {
			index := make([]int, last)
			for r := item * perItem; r < min(rows, (item+1)*perItem); r++ {
				rest := r
				for i, d := range slices.Backward(out[:last]) {
					index[i] = rest % d
					rest /= d
				}
				dst := y[r*length : (r+1)*length]
				first := true
				for _, offset := range offsets {
					at, ok := windowRow(w, in, strides, index, offset)
					switch {
					case !ok:
					case first:
						copy(dst, x[at:at+length])
						first = false
					default:
						vector.Binary(op, dst, dst, x[at:at+length])
					}
				}
				if first {
					vector.Fill(dst, neutral)
				}
			}
		})
		return nil
	}}
}

// windowOffsets lists the positions in a window.
func windowOffsets(dims []int) [][]int {
	offsets := [][]int{make([]int, len(dims))}
	for axis, d := range dims {
		var next [][]int
		for _, o := range offsets {
			for i := range d {
				p := slices.Clone(o)
				p[axis] = i
				next = append(next, p)
			}
		}
		offsets = next
	}
	return offsets
}

// windowRow returns where the row at a position of the window of an output index begins, if it is inside the input.
func windowRow(w ir.Window, in, strides, index, offset []int) (at int, ok bool) {
	for i := range index {
		p := index[i]*w.Strides[i] + offset[i]*w.WinDilations[i] - w.Paddings[i][0]
		if p < 0 || p%w.InputDilations[i] != 0 {
			return 0, false
		}
		p /= w.InputDilations[i]
		if p >= in[i] {
			return 0, false
		}
		at += p * strides[i]
	}
	return at, true
}

// lowerSelectAndScatter runs the gradient of max pooling over the two middle axes of [N,H,W,C].
func lowerSelectAndScatter(_ *Runtime, n *ir.Node) *kernel {
	w := n.Attrs.(ir.Window)
	in, out := n.Inputs[0].Dims(), n.Inputs[1].Dims()
	if !allFloat32(n) || len(in) != 4 || w.Dims[0] != 1 || w.Dims[3] != 1 || w.Strides[0] != 1 || w.Strides[3] != 1 ||
		w.Paddings[0] != [2]int{} || w.Paddings[3] != [2]int{} {
		return nil
	}
	spec := pooling.Spec{
		N: in[0], H: in[1], W: in[2], C: in[3], KH: w.Dims[1], KW: w.Dims[2], StrideH: w.Strides[1], StrideW: w.Strides[2],
		PadTop: w.Paddings[1][0], PadBottom: w.Paddings[1][1], PadLeft: w.Paddings[2][0], PadRight: w.Paddings[2][1],
	}
	pools, err := pooling.New(spec)
	if err != nil || spec.OutH() != out[1] || spec.OutW() != out[2] {
		return nil
	}
	return &kernel{
		traits: plan.Traits{Scratch: n.Inputs[1].Bytes()},
		run: func(c *call) error {
			x, dy, y := f32(c.in[0]), f32(c.in[1]), f32(c.scratch)
			pools.Max(c.pool, y, x)
			pools.MaxGrad(c.pool, f32(c.out[0]), x, y, dy)
			return nil
		},
	}
}

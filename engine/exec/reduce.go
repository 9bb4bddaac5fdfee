package exec

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/kontrast-ml/kontrast/engine/ir"
	"github.com/kontrast-ml/kontrast/engine/kernels/reduce"
)

// lowerReduce runs the reductions that no loop computes: rows of float32 that are too long, axes that do not lie
// together, and all other types.
func lowerReduce(_ *Runtime, n *ir.Node) *kernel {
	x := n.Inputs[0]
	axes := n.Attrs.(ir.Axes).Axes
	if x.Size() == 0 {
		return nil
	}
	rank := len(x.Dims())
	trailing := true
	for i, axis := range axes {
		trailing = trailing && axis == rank-len(axes)+i
	}
	if op, ok := rowReductions[n.Op]; ok && trailing && x.Shape.DType == dtypes.Float32 {
		cols := product(x.Dims()[rank-len(axes):])
		return &kernel{run: func(c *call) error {
			reduce.Rows(c.pool, op, f32(c.out[0]), f32(c.in[0]), cols)
			return nil
		}}
	}
	of := typed[x.Shape.DType].reduce
	if of == nil {
		return nil
	}
	run := of(compute.OpType(n.Op))
	if run == nil {
		return nil
	}
	f := newFold(x.Dims(), axes)
	in, out := elementSize(x)*f.x, elementSize(n.Outputs[0])*f.out
	return &kernel{run: func(c *call) error {
		c.pool.Run(f.items, func(item, _ int) {
			from, to := item*f.slices/f.items, (item+1)*f.slices/f.items
			run(f, to-from, c.out[0][from*out:to*out], c.in[0][from*in:to*in])
		})
		return nil
	}}
}

// fold says which elements of a tensor a reduction brings together. The tensor consists of slices that are reduced each
// by itself.
type fold struct {
	slices int
	items  int   // work items: whole slices
	x, out int   // elements of a slice, and of its result
	dims   []int // of a slice: runs of axes that are reduced, or kept
	steps  []int // distances in the result, 0 for those that are reduced
}

func newFold(dims, axes []int) *fold {
	out := make([]int, len(dims))
	stride := 1
	for i, d := range slices.Backward(dims) {
		if !slices.Contains(axes, i) {
			out[i] = stride
			stride *= d
		}
	}
	box := newStrided(1, dims, rowMajor(dims), out, 0, 0)
	f := &fold{slices: 1, dims: box.dims, steps: box.src}
	if len(f.dims) > 1 && f.steps[0] > 0 {
		f.slices, f.dims, f.steps = f.dims[0], f.dims[1:], f.steps[1:]
	}
	f.x, f.out = product(f.dims), stride/f.slices
	f.items = max(1, f.slices*f.x/max(f.x, perCopyItem))
	return f
}

// reduceFunc reduces some slices.
type reduceFunc func(f *fold, slices int, dst, x []byte)

// reducer reduces numbers, beginning with identity.
type reducer[T any] struct {
	identity    T
	toOne       func(acc T, x []T) T // folds all of x into one number
	elementwise func(acc, x []T)     // folds each element into one of its own
}

func reduceFloat32(op compute.OpType) reduceFunc {
	kernel, known := map[compute.OpType]reduce.Op{
		compute.OpTypeReduceSum: reduce.Sum, compute.OpTypeReduceProduct: reduce.Product,
		compute.OpTypeReduceMax: reduce.Max, compute.OpTypeReduceMin: reduce.Min,
	}[op]
	if !known {
		return nil
	}
	identity := reduce.Block(kernel, nil)
	return reduceWith(reducer[float32]{
		identity: identity,
		toOne: func(acc float32, x []float32) float32 {
			pair := [2]float32{acc, reduce.Block(kernel, x)}
			return reduce.Block(kernel, pair[:])
		},
		elementwise: func(acc, x []float32) { reduce.BlockColumns(kernel, acc, x) },
	})
}

func reduceNumbers[T number](op compute.OpType) reduceFunc {
	switch op {
	case compute.OpTypeReduceSum:
		return reduceWith(reducer[T]{0, func(acc T, x []T) T {
			for _, v := range x {
				acc += v
			}
			return acc
		}, arithmeticRows[T](compute.OpTypeAdd)})
	case compute.OpTypeReduceProduct:
		return reduceWith(reducer[T]{1, func(acc T, x []T) T {
			for _, v := range x {
				acc *= v
			}
			return acc
		}, arithmeticRows[T](compute.OpTypeMul)})
	case compute.OpTypeReduceMax:
		return reduceWith(reducer[T]{dtypes.FromGenericsType[T]().LowestValue().(T), func(acc T, x []T) T {
			for _, v := range x {
				acc = max(acc, v)
			}
			return acc
		}, arithmeticRows[T](compute.OpTypeMax)})
	case compute.OpTypeReduceMin:
		return reduceWith(reducer[T]{dtypes.FromGenericsType[T]().HighestValue().(T), func(acc T, x []T) T {
			for _, v := range x {
				acc = min(acc, v)
			}
			return acc
		}, arithmeticRows[T](compute.OpTypeMin)})
	}
	return nil
}

func arithmeticRows[T number](op compute.OpType) func(acc, x []T) {
	loop := arithmeticLoop[T](op)
	return func(acc, x []T) { loop(acc, acc, x) }
}

func reduceIntegers[T integer](op compute.OpType) reduceFunc {
	switch op {
	case compute.OpTypeReduceBitwiseAnd:
		return bitwiseFolding(^T(0), func(a, b T) T { return a & b })
	case compute.OpTypeReduceBitwiseOr:
		return bitwiseFolding(0, func(a, b T) T { return a | b })
	case compute.OpTypeReduceBitwiseXor:
		return bitwiseFolding(0, func(a, b T) T { return a ^ b })
	}
	return reduceNumbers[T](op)
}

// reduceBool reduces truth values, which are stored as 0 or 1.
func reduceBool(op compute.OpType) reduceFunc {
	switch op {
	case compute.OpTypeReduceLogicalAnd:
		return reduceNumbers[uint8](compute.OpTypeReduceMin)
	case compute.OpTypeReduceLogicalOr:
		return reduceNumbers[uint8](compute.OpTypeReduceMax)
	case compute.OpTypeReduceLogicalXor:
		return reduceIntegers[uint8](compute.OpTypeReduceBitwiseXor)
	}
	return nil
}

func bitwiseFolding[T integer](identity T, f func(a, b T) T) reduceFunc {
	return reduceWith(reducer[T]{identity, func(acc T, x []T) T {
		for _, v := range x {
			acc = f(acc, v)
		}
		return acc
	}, func(acc, x []T) {
		for i, v := range x {
			acc[i] = f(acc[i], v)
		}
	}})
}

func reduceWith[T any](by reducer[T]) reduceFunc {
	return func(f *fold, slices int, dst, x []byte) {
		d, t := view[T](dst), view[T](x)
		for i := range d {
			d[i] = by.identity
		}
		for s := range slices {
			by.reduce(d[s*f.out:(s+1)*f.out], t[s*f.x:(s+1)*f.x], f.dims, f.steps)
		}
	}
}

// reduce folds x, of the given dimensions, into the elements of dst that the steps lead to.
func (by *reducer[T]) reduce(dst, x []T, dims, steps []int) {
	switch {
	case len(dims) > 1:
		part := len(x) / dims[0]
		for i := range dims[0] {
			by.reduce(dst[i*steps[0]:], x[i*part:(i+1)*part], dims[1:], steps[1:])
		}
	case steps[0] == 0:
		dst[0] = by.toOne(dst[0], x)
	default: // adjacent in dst: an axis that is kept and comes last has no step but 1
		by.elementwise(dst[:len(x)], x)
	}
}

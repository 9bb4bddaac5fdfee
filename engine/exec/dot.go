package exec

import (
	"slices"

	"github.com/gomlx/compute/dtypes"

	"github.com/kontrast-ml/kontrast/engine/ir"
	"github.com/kontrast-ml/kontrast/engine/kernels/gemm"
	"github.com/kontrast-ml/kontrast/engine/plan"
)

// lowerDot runs DotGeneral as a batch of products of matrices that are read where they are: axes become strides.
func lowerDot(rt *Runtime, n *ir.Node) *kernel {
	d := n.Attrs.(ir.Dot)
	lower := float32Product
	switch {
	case multipliesBFloat16(n):
		lower = bfloat16Product
	case !allFloat32(n) || (d.Accumulator != dtypes.InvalidDType && d.Accumulator != dtypes.Float32):
		return lowerPlainDot(rt, n)
	}
	spec, ok := dotSpec(d, n.Inputs[0].Dims(), n.Inputs[1].Dims())
	if !ok {
		return lowerScatteredDot(rt, n, lower)
	}
	return lower(rt, n, spec)
}

// lowerProduct makes the kernel of a product of which the spec describes the operands.
type lowerProduct func(rt *Runtime, n *ir.Node, spec gemm.Spec) *kernel

func float32Product(rt *Runtime, _ *ir.Node, spec gemm.Spec) *kernel {
	product, err := newMatrixProduct(rt, spec)
	if err != nil {
		return nil
	}
	return &kernel{
		traits: plan.Traits{Scratch: sizeOfFloat32 * product.ScratchSize(rt.pool.Threads())},
		run: func(c *call) error {
			product.run(c, nil)
			return nil
		},
	}
}

// matrixProduct is a product of float32 whose right operand may be weights.
type matrixProduct struct {
	*gemm.Plan
	right packer
}

func newMatrixProduct(rt *Runtime, spec gemm.Spec) (*matrixProduct, error) {
	spec.BFloat16, spec.Threads = rt.config.BFloat16, rt.pool.Threads()
	g, err := gemm.New(spec)
	if err != nil {
		return nil, err
	}
	p := &matrixProduct{Plan: g}
	if g.PacksB() {
		p.right.size, p.right.pack = g.PackedSize(), g.PackB
	}
	return p, nil
}

// run computes the product; done is that of gemm.Plan.Run.
func (p *matrixProduct) run(c *call, done func(item, worker int)) {
	if packed := p.right.reusedPacking(c, 1); packed != nil {
		p.RunPacked(c.pool, f32(c.out[0]), f32(c.in[0]), packed, f32(c.scratch), done)
		return
	}
	p.Run(c.pool, f32(c.out[0]), f32(c.in[0]), f32(c.in[1]), f32(c.scratch), done)
}

// axis is a group of adjacent axes: their joint size and the distances between neighbors in the two operands.
type axis struct{ size, a, b int }

// dotSpec arranges a DotGeneral as matrix products without copying operands. It is false if the contracted axes lie too
// scattered for that.
func dotSpec(d ir.Dot, lhs, rhs []int) (gemm.Spec, bool) {
	ls, rs := rowMajor(lhs), rowMajor(rhs)
	var batch, contracted, rows, cols []axis
	for i, l := range d.LHSBatch {
		batch = append(batch, axis{lhs[l], ls[l], rs[d.RHSBatch[i]]})
	}
	for i, l := range d.LHSContracting {
		contracted = append(contracted, axis{lhs[l], ls[l], rs[d.RHSContracting[i]]})
	}
	for _, i := range freeAxes(lhs, d.LHSBatch, d.LHSContracting) {
		rows = append(rows, axis{size: lhs[i], a: ls[i]})
	}
	for _, i := range freeAxes(rhs, d.RHSBatch, d.RHSContracting) {
		cols = append(cols, axis{size: rhs[i], b: rs[i]})
	}
	contracted = joinAxes(sortAxes(contracted))
	rows, cols = joinAxes(rows), joinAxes(cols)
	if len(contracted) > 1 {
		return gemm.Spec{}, false
	}
	k, m, n := only(contracted), last(rows), last(cols)
	spec := gemm.Spec{M: m.size, N: n.size, K: k.size}
	var okA, okB bool
	spec.TransA, spec.LDA, okA = matrixLayout(m.size, m.a, k.size, k.a)
	spec.TransB, spec.LDB, okB = matrixLayout(k.size, k.b, n.size, n.b)
	if !okA || !okB {
		return gemm.Spec{}, false
	}
	// The result is [batch, rows, cols]; all but the last group of rows and of columns become batch axes.
	outer := func(axes []axis) []axis { return axes[:max(0, len(axes)-1)] }
	colTotal := n.size
	for _, x := range outer(cols) {
		colTotal *= x.size
	}
	spec.LDC = colTotal
	stride := colTotal * m.size
	var axes []gemm.Axis
	push := func(group []axis, stride int) int {
		for _, x := range slices.Backward(group) {
			axes = append(axes, gemm.Axis{Size: x.size, StrideA: x.a, StrideB: x.b, StrideC: stride})
			stride *= x.size
		}
		return stride
	}
	push(outer(cols), n.size)
	stride = push(outer(rows), stride)
	push(batch, stride)
	axes = slices.DeleteFunc(axes, func(x gemm.Axis) bool { return x.Size == 1 })
	slices.Reverse(axes)
	spec.Batch = axes
	return spec, true
}

// freeAxes lists the axes of an operand that are neither batch axes nor contracted.
func freeAxes(dims, batch, contracting []int) (axes []int) {
	for i := range dims {
		if !slices.Contains(batch, i) && !slices.Contains(contracting, i) {
			axes = append(axes, i)
		}
	}
	return axes
}

// matrixLayout says how a matrix with the given strides is stored: transposed or not, and the distance of its rows.
func matrixLayout(rows, rowStride, cols, colStride int) (transposed bool, ld int, ok bool) {
	switch {
	case colStride == 1 || cols == 1:
		return false, max(rowStride, cols), rows == 1 || rowStride >= cols
	case rowStride == 1 || rows == 1:
		return true, max(colStride, rows), colStride >= rows
	}
	return false, 0, false
}

// sortAxes orders contracted axes as the left operand has them.
func sortAxes(axes []axis) []axis {
	slices.SortStableFunc(axes, func(x, y axis) int { return y.a - x.a })
	return axes
}

// joinAxes makes one axis of neighbors that are contiguous in both operands, and drops axes of size 1.
func joinAxes(axes []axis) []axis {
	var joined []axis
	for _, x := range axes {
		if x.size == 1 {
			continue
		}
		if n := len(joined); n > 0 && joined[n-1].a == x.a*x.size && joined[n-1].b == x.b*x.size {
			joined[n-1] = axis{joined[n-1].size * x.size, x.a, x.b}
			continue
		}
		joined = append(joined, x)
	}
	return joined
}

func only(axes []axis) axis {
	if len(axes) == 0 {
		return axis{size: 1, a: 1, b: 1}
	}
	return axes[0]
}

func last(axes []axis) axis {
	if len(axes) == 0 {
		return axis{size: 1, a: 1, b: 1}
	}
	return axes[len(axes)-1]
}

// rowMajor returns the strides of a dense tensor.
func rowMajor(dims []int) []int {
	strides := make([]int, len(dims))
	stride := 1
	for i, d := range slices.Backward(dims) {
		strides[i] = stride
		stride *= d
	}
	return strides
}

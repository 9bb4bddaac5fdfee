package engine_test

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"pgregory.net/rapid"
)

// The steps of this file are products, convolutions and windows.

// stepDot multiplies numbers that bfloat16 has, too.
func stepDot(t *rapid.T, p *opProgram) {
	small := func(k known) bool {
		return isNumber(k) && k.exact() && k.most <= 256 && k.shape.Rank() > 0 && k.shape.DType != dtypes.Int8
	}
	x, kx, ok := p.pick(t, small)
	if !ok {
		return
	}
	y, ky, _ := p.pick(t, func(k known) bool { return small(k) && k.shape.DType == kx.shape.DType })
	var contractX, contractY, batchX, batchY []int
	n, flops := 1, 1
	for i, d := range kx.shape.Dimensions {
		j := rapid.IntRange(0, ky.shape.Rank()-1).Draw(t, "with")
		if ky.shape.Dimensions[j] != d || slices.Contains(contractY, j) || slices.Contains(batchY, j) {
			continue
		}
		switch rapid.IntRange(0, 3).Draw(t, "role") {
		case 0:
		case 1:
			batchX, batchY = append(batchX, i), append(batchY, j)
		default:
			contractX, contractY, n = append(contractX, i), append(contractY, j), n*d
		}
	}
	var dims []int
	for _, i := range batchX {
		dims = append(dims, kx.shape.Dimensions[i])
	}
	free := func(k known, used ...[]int) {
		for i, d := range k.shape.Dimensions {
			if !slices.Contains(slices.Concat(used...), i) {
				dims = append(dims, d)
			}
		}
	}
	free(kx, batchX, contractX)
	free(ky, batchY, contractY)
	for _, d := range dims {
		flops *= d
	}
	if flops > 100_000 || flops*n > 3_000_000 {
		return
	}
	k := known{shapes.Make(kx.shape.DType, dims...), float64(n) * kx.most * ky.most, 0}
	p.add(fmt.Sprintf("dot(%d,%v,%v; %d,%v,%v)", x, contractX, batchX, y, contractY, batchY), k,
		func(f fn, in values) (compute.Value, error) {
			return f.DotGeneral(in[x], contractX, batchX, in[y], contractY, batchY, compute.DotGeneralConfig{})
		})
}

// stepWindow sums or takes the largest in windows, up to running sums.
func stepWindow(t *rapid.T, p *opProgram) {
	x, k, ok := p.pick(t, func(k known) bool { return isFloat32(k) && k.exact() && k.shape.Rank() > 0 })
	if !ok {
		return
	}
	axis := rapid.IntRange(0, k.shape.Rank()-1).Draw(t, "axis")
	d := k.shape.Dimensions[axis]
	size := rapid.SampledFrom([]int{1, 2, 3, d}).Draw(t, "size")
	stride := rapid.IntRange(1, 3).Draw(t, "stride")
	before := rapid.IntRange(0, size-1).Draw(t, "before")
	if size > 40 || d+before < size {
		return
	}
	dims, strides, pads := slices.Repeat([]int{1}, k.shape.Rank()), slices.Repeat([]int{1}, k.shape.Rank()),
		make([][2]int, k.shape.Rank())
	dims[axis], strides[axis], pads[axis] = size, stride, [2]int{before, 0}
	out := slices.Clone(k.shape.Dimensions)
	out[axis] = (d+before-size)/stride + 1
	k.shape = shapes.Make(k.shape.DType, out...)
	op := rapid.SampledFrom([]compute.ReduceOpType{compute.ReduceOpSum, compute.ReduceOpMax}).Draw(t, "window")
	if op == compute.ReduceOpSum {
		k.most *= float64(size)
	}
	p.add(fmt.Sprintf("window%v(%d,%d,%d,%d,%d)", op, x, axis, size, stride, before), k,
		func(f fn, in values) (compute.Value, error) {
			return f.ReduceWindow(in[x], op, dims, strides, nil, nil, pads)
		})
}

// stepConvolution convolves images with a kernel made of the first elements of another value. Winograd's algorithm
// rounds.
func stepConvolution(t *rapid.T, p *opProgram) {
	x, k, ok := p.pick(t, func(k known) bool { return isFloat32(k) && k.shape.Rank() == 4 && k.exact() && k.most <= 256 })
	if !ok {
		return
	}
	in := k.shape.Dimensions[3]
	size, out := []int{1, 1}, rapid.SampledFrom([]int{1, 3, 8, 20}).Draw(t, "outputs")
	dims := []int{k.shape.Dimensions[0], 0, 0, out}
	stride := rapid.IntRange(1, 2).Draw(t, "stride")
	var pads [][2]int
	for i := range size {
		size[i] = rapid.IntRange(1, 3).Draw(t, "size")
		pads = append(
			pads, [2]int{rapid.IntRange(0, size[i]-1).Draw(t, "before"), rapid.IntRange(0, size[i]-1).Draw(t, "after")},
		)
		across := k.shape.Dimensions[1+i] + pads[i][0] + pads[i][1] - size[i]
		if across < 0 {
			return
		}
		dims[1+i] = across/stride + 1
	}
	n := size[0] * size[1] * in
	y, ky, ok := p.pick(
		t, func(o known) bool { return isFloat32(o) && o.exact() && o.most <= 256 && o.shape.Size() >= n*out },
	)
	if !ok || shapes.Make(dtypes.Float32, dims...).Size()*n > 3_000_000 {
		return
	}
	result := known{shapes.Make(dtypes.Float32, dims...), float64(n) * k.most * ky.most, 0}
	result.err = 20 * rounding * result.most
	axes := compute.ConvolveAxesConfig{
		InputBatch: 0, InputChannels: 3, InputSpatial: []int{1, 2}, OutputBatch: 0, OutputChannels: 3,
		OutputSpatial:       []int{1, 2},
		KernelInputChannels: 2, KernelOutputChannels: 3, KernelSpatial: []int{0, 1},
	}
	p.add(fmt.Sprintf("convolution(%d,%d,%v,%d,%v)", x, y, size, stride, pads), result,
		func(f fn, values values) (compute.Value, error) {
			kernel, err := f.Reshape(values[y], ky.shape.Size())
			if err != nil {
				return nil, err
			}
			if kernel, err = f.Slice(kernel, []int{0}, []int{n * out}, nil); err != nil {
				return nil, err
			}
			if kernel, err = f.Reshape(kernel, size[0], size[1], in, out); err != nil {
				return nil, err
			}
			return f.ConvGeneral(values[x], kernel, axes, []int{stride, stride}, pads, nil, nil, 1, 1)
		})
}

// stepPooling is the gradient of the largest of windows by what they are windows of.
func stepPooling(t *rapid.T, p *opProgram) {
	x, k, ok := p.pick(t, func(k known) bool { return isFloat32(k) && k.exact() && k.shape.Rank() == 4 })
	if !ok {
		return
	}
	y, ky, _ := p.pick(t, func(o known) bool { return like(k)(o) && o.exact() })
	size, stride := rapid.IntRange(1, 3).Draw(t, "size"), rapid.IntRange(1, 3).Draw(t, "stride")
	if k.shape.Dimensions[1] < size || k.shape.Dimensions[2] < size {
		return
	}
	dims, strides := []int{1, size, size, 1}, []int{1, stride, stride, 1}
	p.add(fmt.Sprintf("pooling(%d,%d,%d,%d)", x, y, size, stride), known{k.shape, float64(size*size) * ky.most, 0},
		func(f fn, in values) (compute.Value, error) {
			gradient, err := f.ReduceWindow(in[y], compute.ReduceOpMax, dims, strides, nil, nil, nil)
			if err != nil {
				return nil, err
			}
			return f.SelectAndScatterMax(in[x], gradient, dims, strides, nil)
		})
}

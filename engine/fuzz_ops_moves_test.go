package engine_test

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"pgregory.net/rapid"

	"github.com/kontrast-ml/kontrast/engine"
)

// The steps of this file move elements without computing.

func setNumber(flat any, i int, x any) { reflect.ValueOf(flat).Index(i).Set(reflect.ValueOf(x)) }

// withDims describes a value that has the elements of k in other places.
func (k known) withDims(dims ...int) known {
	return known{shapes.Make(k.shape.DType, dims...), k.most, k.err}
}

// isEngine says that f belongs to the engine, not to the Go backend.
func isEngine(f fn) bool {
	_, ok := f.(*engine.Function)
	return ok
}

func hasAxes(k known) bool { return k.shape.Rank() > 0 }

func stepTranspose(t *rapid.T, p *opProgram) {
	x, k, _ := p.pick(t, anyValue)
	permutation := rapid.Permutation(seq(k.shape.Rank())).Draw(t, "permutation")
	dims := make([]int, len(permutation))
	for i, axis := range permutation {
		dims[i] = k.shape.Dimensions[axis]
	}
	p.add(fmt.Sprintf("transpose(%d,%v)", x, permutation), k.withDims(dims...),
		func(f fn, in values) (compute.Value, error) {
			return f.Transpose(in[x], permutation...)
		})
}

// stepReshape splits and joins axes, or takes the shape of another value.
func stepReshape(t *rapid.T, p *opProgram) {
	x, k, _ := p.pick(t, anyValue)
	dims := drawReshape(t, k.shape.Dimensions)
	if rapid.IntRange(0, 2).Draw(t, "shape") == 0 {
		_, o, _ := p.pick(t, func(o known) bool { return o.shape.Size() == k.shape.Size() })
		dims = slices.Clone(o.shape.Dimensions)
	}
	p.add(fmt.Sprintf("reshape(%d,%v)", x, dims), k.withDims(dims...), func(f fn, in values) (compute.Value, error) {
		return f.Reshape(in[x], dims...)
	})
}

// drawReshape splits and joins axes and inserts some of size 1.
func drawReshape(t *rapid.T, dims []int) []int {
	dims = slices.Clone(dims)
	for range rapid.IntRange(1, 3).Draw(t, "changes") {
		if len(dims) == 0 {
			dims = append(dims, 1)
		}
		axis := rapid.IntRange(0, len(dims)-1).Draw(t, "axis")
		switch rapid.SampledFrom([]string{"split", "join", "insert"}).Draw(t, "change") {
		case "split":
			d := dims[axis]
			by := rapid.SampledFrom([]int{2, 3, 4, 5, 7, 16, 33}).Draw(t, "by")
			if d%by == 0 && len(dims) < 5 {
				dims = slices.Replace(dims, axis, axis+1, d/by, by)
			}
		case "join":
			if axis > 0 {
				dims = slices.Replace(dims, axis-1, axis+1, dims[axis-1]*dims[axis])
			}
		case "insert":
			if len(dims) < 5 {
				dims = slices.Insert(dims, axis, 1)
			}
		}
	}
	return dims
}

func stepReverse(t *rapid.T, p *opProgram) {
	x, k, ok := p.pick(t, hasAxes)
	if !ok {
		return
	}
	axes := rapid.SliceOfNDistinct(rapid.IntRange(0, k.shape.Rank()-1), 1, k.shape.Rank(), rapid.ID).Draw(t, "axes")
	p.add(fmt.Sprintf("reverse(%d,%v)", x, axes), k, func(f fn, in values) (compute.Value, error) {
		return f.Reverse(in[x], axes...)
	})
}

func stepSlice(t *rapid.T, p *opProgram) {
	x, k, ok := p.pick(t, hasAxes)
	if !ok {
		return
	}
	var starts, limits, strides, dims []int
	for _, d := range k.shape.Dimensions {
		from, to, stride := 0, d, 1
		if rapid.Bool().Draw(t, "cut") {
			from = rapid.IntRange(0, d-1).Draw(t, "from")
			to = rapid.IntRange(from+1, d).Draw(t, "to")
			stride = rapid.IntRange(1, 3).Draw(t, "stride")
		}
		starts, limits, strides = append(starts, from), append(limits, to), append(strides, stride)
		dims = append(dims, (to-from+stride-1)/stride)
	}
	p.add(fmt.Sprintf("slice(%d,%v,%v,%v)", x, starts, limits, strides), k.withDims(dims...),
		func(f fn, in values) (compute.Value, error) {
			return f.Slice(in[x], starts, limits, strides)
		})
}

func stepConcatenate(t *rapid.T, p *opProgram) {
	x, k, ok := p.pick(t, hasAxes)
	if !ok {
		return
	}
	axis := rapid.IntRange(0, k.shape.Rank()-1).Draw(t, "axis")
	operands, dims := []int{x}, slices.Clone(k.shape.Dimensions)
	for range rapid.IntRange(1, 2).Draw(t, "more") {
		y, o, _ := p.pick(t, func(o known) bool {
			if o.shape.DType != k.shape.DType || o.shape.Rank() != k.shape.Rank() {
				return false
			}
			for i, d := range o.shape.Dimensions {
				if i != axis && d != k.shape.Dimensions[i] {
					return false
				}
			}
			return true
		})
		operands = append(operands, y)
		dims[axis] += o.shape.Dimensions[axis]
		k.most, k.err = max(k.most, o.most), max(k.err, o.err)
	}
	p.add(fmt.Sprintf("concatenate(%d,%v)", axis, operands), k.withDims(dims...),
		func(f fn, in values) (compute.Value, error) {
			var list values
			for _, v := range operands {
				list = append(list, in[v])
			}
			return f.Concatenate(axis, list...)
		})
}

func stepPad(t *rapid.T, p *opProgram) {
	x, k, ok := p.pick(t, hasAxes)
	if !ok {
		return
	}
	dims := slices.Clone(k.shape.Dimensions)
	axes := make([]compute.PadAxis, len(dims))
	for i, d := range dims {
		if rapid.Bool().Draw(t, "pad") {
			axes[i] = compute.PadAxis{
				Start: rapid.IntRange(-1, 2).Draw(t, "start"), End: rapid.IntRange(-1, 2).Draw(t, "end"),
				Interior: rapid.IntRange(0, 1).Draw(t, "interior"),
			}
		}
		if dims[i] = d + (d-1)*axes[i].Interior + axes[i].Start + axes[i].End; dims[i] < 1 {
			return
		}
	}
	fill := float64(rapid.IntRange(0, 1).Draw(t, "fill"))
	k.most = max(k.most, fill)
	p.add(fmt.Sprintf("pad(%d,%v)", x, axes), k.withDims(dims...), func(f fn, in values) (compute.Value, error) {
		c, err := f.Constant(numbers(k.shape.DType, fill))
		if err != nil {
			return nil, err
		}
		if isEngine(f) {
			return f.Pad(in[x], c, axes...)
		}
		// The Go backend (compute v0.1.3) does not cut off the elements that negative padding leaves outside.
		all, starts, limits := slices.Clone(axes), make([]int, len(axes)), make([]int, len(axes))
		for i := range axes {
			starts[i], limits[i] = max(0, -axes[i].Start), max(0, -axes[i].Start)+dims[i]
			all[i].Start, all[i].End = max(0, axes[i].Start), max(0, axes[i].End)
		}
		padded, err := f.Pad(in[x], c, all...)
		if err != nil {
			return nil, err
		}
		return f.Slice(padded, starts, limits, nil)
	})
}

// stepBroadcast gives a value the shape of another, its axes in any places that fit.
func stepBroadcast(t *rapid.T, p *opProgram) {
	x, k, ok := p.pick(t, func(k known) bool { return k.shape.Rank() < 4 })
	if !ok {
		return
	}
	_, o, _ := p.pick(t, func(o known) bool { return o.shape.Rank() >= k.shape.Rank() })
	axes := rapid.Permutation(seq(o.shape.Rank())).Draw(t, "axes")[:k.shape.Rank()]
	if rapid.IntRange(0, 3).Draw(t, "inOrder") > 0 {
		slices.Sort(axes)
	}
	for i, axis := range axes {
		if d := k.shape.Dimensions[i]; d != 1 && d != o.shape.Dimensions[axis] {
			return
		}
	}
	result := k.withDims(o.shape.Dimensions...)
	p.add(fmt.Sprintf("broadcast(%d,%v,%v)", x, o.shape.Dimensions, axes), result,
		func(f fn, in values) (compute.Value, error) {
			if isEngine(f) {
				return f.BroadcastInDim(in[x], result.shape, axes)
			}
			// The Go backend (compute v0.1.3) leaves the axes in their order.
			order := seq(len(axes))
			slices.SortFunc(order, func(a, b int) int { return axes[a] - axes[b] })
			sorted, err := f.Transpose(in[x], order...)
			if err != nil {
				return nil, err
			}
			return f.BroadcastInDim(sorted, result.shape, slices.Sorted(slices.Values(axes)))
		})
}

// stepGather takes rows, by numbers that the program computes.
func stepGather(t *rapid.T, p *opProgram) {
	x, k, ok := p.pick(t, hasAxes)
	if !ok {
		return
	}
	at, ki, ok := p.pick(t, func(k known) bool { return k.shape.DType == dtypes.Int32 || k.shape.DType == dtypes.Int64 })
	if !ok {
		return
	}
	axis := rapid.IntRange(0, k.shape.Rank()-1).Draw(t, "axis")
	sizes := slices.Clone(k.shape.Dimensions)
	sizes[axis] = 1
	count := ki.shape.Size()
	rest := slices.Delete(slices.Clone(k.shape.Dimensions), axis, axis+1)
	result := k.withDims(append([]int{count}, rest...)...)
	p.add(fmt.Sprintf("gather(%d,%d,%d)", x, axis, at), result, func(f fn, in values) (compute.Value, error) {
		indices, err := f.Reshape(in[at], count, 1)
		if err != nil {
			return nil, err
		}
		offsets := seq(len(rest) + 1)[1:]
		return f.Gather(in[x], indices, 1, offsets, []int{axis}, []int{axis}, sizes, false)
	})
}

// stepScatter adds rows of one value to rows of another.
func stepScatter(t *rapid.T, p *opProgram) {
	x, k, ok := p.pick(t, func(k known) bool { return isNumber(k) && k.shape.Rank() > 0 })
	if !ok {
		return
	}
	y, o, _ := p.pick(t, func(o known) bool {
		return o.shape.DType == k.shape.DType && o.shape.Rank() == k.shape.Rank() &&
			slices.Equal(o.shape.Dimensions[1:], k.shape.Dimensions[1:])
	})
	rows, count := k.shape.Dimensions[0], o.shape.Dimensions[0]
	step := rapid.IntRange(0, 5).Draw(t, "step")
	result := known{
		k.shape, k.most + float64(count)*o.most, roundedBy(k.err+float64(count)*o.err, k.most+float64(count)*o.most),
	}
	scatter := fn.ScatterSum
	if rapid.Bool().Draw(t, "largest") {
		scatter, result = fn.ScatterMax, known{k.shape, max(k.most, o.most), max(k.err, o.err)}
	}
	at := make([]int32, count)
	for i := range at {
		at[i] = int32(i * step % rows)
	}
	p.add(fmt.Sprintf("scatter(%d,%d,%d)", x, y, step), result, func(f fn, in values) (compute.Value, error) {
		indices, err := f.Constant(at, count, 1)
		if err != nil {
			return nil, err
		}
		return scatter(f, in[x], indices, in[y], 1, seq(k.shape.Rank())[1:], []int{0}, []int{0}, false, false)
	})
}

package torchref

import (
	"slices"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/kontrast-ml/kontrast/internal/golden"
)

// layout says how a reference tensor lies in our variables.
type layout struct {
	shape, axes, dims []int // the reference's shape, its permutation, our shape
}

func (c Check) layout(f golden.Filled) layout {
	l := layout{shape: f.Shape, dims: f.Shape}
	switch {
	case len(f.Shape) == 4:
		l.axes = []int{2, 3, 1, 0}
	case len(f.Shape) == 3: // class token and positions, [1,L,D]
		l.dims = f.Shape[1:]
		if l.dims[0] == 1 {
			l.dims = l.dims[1:]
		}
	case len(f.Shape) == 2 && f.Shape[1] == 1:
		l.dims = f.Shape[:1]
	case len(f.Shape) == 2 && !slices.Contains(c.Plain, f.Name):
		l.axes = []int{1, 0}
	}
	return l
}

func (l layout) permute(x golden.Tensor) golden.Tensor {
	if l.axes != nil {
		return x.Permute(l.axes...)
	}
	x.Shape = l.dims
	return x
}

func (l layout) inverse(x golden.Tensor) golden.Tensor {
	if l.axes == nil {
		return x
	}
	back := make([]int, len(l.axes))
	for i, axis := range l.axes {
		back[axis] = i
	}
	return x.Permute(back...)
}

// stageLayout brings an intermediate output into the reference's order: images
// to NCHW, the tokens inside a transformer named so to [L,N,D].
func stageLayout(name string, got *tensors.Tensor) golden.Tensor {
	x := FromTensor(got)
	switch {
	case len(x.Shape) == 4:
		return x.Permute(0, 3, 1, 2)
	case strings.HasPrefix(name, "transformer."):
		return x.Permute(1, 0, 2)
	}
	return x
}

// ToTensor converts to a tensor of that type, float32 or float64.
func ToTensor(x golden.Tensor, dtype dtypes.DType) *tensors.Tensor {
	if dtype == dtypes.Float64 {
		return tensors.FromFlatDataAndDimensions(x.Data, x.Shape...)
	}
	return tensors.FromFlatDataAndDimensions(x.Float32(), x.Shape...)
}

// FromTensor converts from a tensor of float32 or float64.
func FromTensor(x *tensors.Tensor) golden.Tensor {
	out := golden.Tensor{Shape: x.Shape().Dimensions}
	if x.DType() == dtypes.Float64 {
		out.Data = tensors.MustCopyFlatData[float64](x)
		return out
	}
	values := tensors.MustCopyFlatData[float32](x)
	out.Data = make([]float64, len(values))
	for i, v := range values {
		out.Data[i] = float64(v)
	}
	return out
}

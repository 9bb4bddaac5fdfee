// Package torchlayout gives weights the names and layouts that PyTorch has for
// them, so that a state_dict can be loaded from them.
package torchlayout

import (
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"
)

// Convert returns the name and value in PyTorch of a backbone's variable: of
// kernels [height, width, in, out] as [out, in, height, width], of linear
// weights [in, out] as [out, in], of a class token [D] as [1, 1, D] and of
// position embeddings [L, D] as [1, L, D], as timm and DINO have them. Any
// other value stays as it is. Only float32 values change.
func Convert(path string, value *tensors.Tensor) (name string, converted *tensors.Tensor) {
	name = strings.ReplaceAll(path, "/", ".")
	if value.DType() != dtypes.Float32 {
		return name, value
	}
	dims := value.Shape().Dimensions
	leaf := path[strings.LastIndex(path, "/")+1:]
	switch {
	case leaf == "weight" && len(dims) == 4:
		return name, transpose(value, 3, 2, 0, 1)
	case leaf == "weight" && len(dims) == 2:
		return name, transpose(value, 1, 0)
	case leaf == "cls_token" && len(dims) == 1:
		return name, reshape(value, 1, 1, dims[0])
	case leaf == "pos_embed" && len(dims) == 2:
		return name, reshape(value, 1, dims[0], dims[1])
	}
	return name, value
}

func reshape(value *tensors.Tensor, dims ...int) *tensors.Tensor {
	return tensors.FromFlatDataAndDimensions(tensors.MustCopyFlatData[float32](value), dims...)
}

// transpose orders the axes of the result as axes of the value.
func transpose(value *tensors.Tensor, axes ...int) *tensors.Tensor {
	from := value.Shape().Dimensions
	strides := make([]int, len(from))
	for i, stride := len(from)-1, 1; i >= 0; i-- {
		strides[i] = stride
		stride *= from[i]
	}
	dims := make([]int, len(axes))
	for i, axis := range axes {
		dims[i] = from[axis]
	}
	data := tensors.MustCopyFlatData[float32](value)
	out := make([]float32, 0, len(data))
	index := make([]int, len(axes))
	for range data {
		at := 0
		for i, axis := range axes {
			at += index[i] * strides[axis]
		}
		out = append(out, data[at])
		for i := len(index) - 1; i >= 0; i-- {
			if index[i]++; index[i] < dims[i] {
				break
			}
			index[i] = 0
		}
	}
	return tensors.FromFlatDataAndDimensions(out, dims...)
}

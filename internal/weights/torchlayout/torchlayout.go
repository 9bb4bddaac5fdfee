// Package torchlayout gives weights the names and layouts that PyTorch has for
// them, so that a state_dict can be loaded from them, and takes them back.
package torchlayout

import (
	"slices"
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
	dims := value.Shape().Dimensions
	name, torch := Form(path, dims)
	if value.DType() != dtypes.Float32 || slices.Equal(dims, torch) && axes(path, dims) == nil {
		return name, value
	}
	values := tensors.MustCopyFlatData[float32](value)
	if order := axes(path, dims); order != nil {
		values = transpose(values, dims, order)
	}
	return name, tensors.FromFlatDataAndDimensions(values, torch...)
}

// Form returns the name and the dimensions in PyTorch of a backbone's variable
// of those dimensions.
func Form(path string, dims []int) (name string, torch []int) {
	name = strings.ReplaceAll(path, "/", ".")
	if order := axes(path, dims); order != nil {
		return name, permuted(dims, order)
	}
	switch leaf := leafOf(path); {
	case leaf == "cls_token" && len(dims) == 1:
		return name, []int{1, 1, dims[0]}
	case leaf == "pos_embed" && len(dims) == 2:
		return name, []int{1, dims[0], dims[1]}
	}
	return name, dims
}

// Restore is the value of a backbone's variable of those dimensions from the
// values, row-major, that PyTorch has in the form that Form returns.
func Restore(path string, dims []int, values []float32) *tensors.Tensor {
	order := axes(path, dims)
	if order == nil {
		return tensors.FromFlatDataAndDimensions(values, dims...)
	}
	back := make([]int, len(order))
	for to, from := range order {
		back[from] = to
	}
	return tensors.FromFlatDataAndDimensions(transpose(values, permuted(dims, order), back), dims...)
}

func leafOf(path string) string { return path[strings.LastIndex(path, "/")+1:] }

// axes says which axis of a variable is each of PyTorch's; nil for the same.
func axes(path string, dims []int) []int {
	switch {
	case leafOf(path) != "weight":
		return nil
	case len(dims) == 4:
		return []int{3, 2, 0, 1}
	case len(dims) == 2:
		return []int{1, 0}
	}
	return nil
}

func permuted(dims, order []int) []int {
	out := make([]int, len(order))
	for i, axis := range order {
		out[i] = dims[axis]
	}
	return out
}

// transpose orders the axes of the result as axes of the value.
func transpose(data []float32, from, order []int) []float32 {
	strides := make([]int, len(from))
	for i, stride := len(from)-1, 1; i >= 0; i-- {
		strides[i] = stride
		stride *= from[i]
	}
	dims := permuted(from, order)
	out := make([]float32, 0, len(data))
	index := make([]int, len(order))
	for range data {
		at := 0
		for i, axis := range order {
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
	return out
}

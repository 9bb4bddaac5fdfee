package torchlayout

import (
	"slices"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
)

func counted(dims ...int) *tensors.Tensor {
	size := 1
	for _, d := range dims {
		size *= d
	}
	values := make([]float32, size)
	for i := range values {
		values[i] = float32(i)
	}
	return tensors.FromFlatDataAndDimensions(values, dims...)
}

func TestConvert(t *testing.T) {
	for _, test := range []struct {
		path, name string
		value      *tensors.Tensor
		dims       []int
		flat       []float32
	}{
		{"fc/weight", "fc.weight", counted(2, 3), []int{3, 2}, []float32{0, 3, 1, 4, 2, 5}},
		// of [height, width, in, out]: element (h, w, i, o) is 4h+4w+2i+o, with one row and two columns
		{"layer1/0/conv1/weight", "layer1.0.conv1.weight",
			counted(1, 2, 2, 2), []int{2, 2, 1, 2}, []float32{0, 4, 2, 6, 1, 5, 3, 7}},
		{"bn1/running_mean", "bn1.running_mean", counted(3), []int{3}, []float32{0, 1, 2}},
		{"cls_token", "cls_token", counted(2), []int{1, 1, 2}, []float32{0, 1}},
		{"pos_embed", "pos_embed", counted(2, 2), []int{1, 2, 2}, []float32{0, 1, 2, 3}},
		{"rel_pos/table", "rel_pos.table", counted(2, 2), []int{2, 2}, []float32{0, 1, 2, 3}},
	} {
		name, got := Convert(test.path, test.value)
		if name != test.name || !slices.Equal(got.Shape().Dimensions, test.dims) {
			t.Errorf("%s: %s %v, want %s %v", test.path, name, got.Shape().Dimensions, test.name, test.dims)
		}
		if flat := tensors.MustCopyFlatData[float32](got); !slices.Equal(flat, test.flat) {
			t.Errorf("%s: %v, want %v", test.path, flat, test.flat)
		}
	}
}

package passes

import (
	"testing"

	"github.com/gomlx/compute"

	"github.com/kontrast-ml/kontrast/engine/ir"
	"github.com/kontrast-ml/kontrast/engine/passes/internal/sketch"
)

// groupSketch has the two gradients of a 3x3 convolution with two groups on [2,5,5,4] with 6 output channels, group by
// group; order gives the groups as they are concatenated.
func groupSketch(order ...int) sketch.Graph {
	s := sketch.New()
	x, w, dy := s.Param(2, 5, 5, 4), s.Param(3, 3, 2, 6), s.Param(2, 3, 3, 6)
	slice := func(v *ir.Value, group int) *ir.Value {
		at := ir.Slice{Starts: make([]int, 4), Limits: append([]int(nil), v.Dims()...), Strides: []int{1, 1, 1, 1}}
		width := v.Dims()[3] / 2
		at.Starts[3], at.Limits[3] = group*width, (group+1)*width
		dims := append([]int(nil), v.Dims()...)
		dims[3] = width
		return s.Op(compute.OpTypeSlice, at, sketch.Float(dims...), v)
	}
	var ofX, ofW []*ir.Value
	for _, group := range order {
		xs, ws, dys := slice(x, group), slice(w, group), slice(dy, group)
		c := ForwardConv([]int{1, 1}, []int{1, 1}, xs.Dims(), ws.Dims(), dys.Dims())
		ofX = append(ofX, s.Op(compute.OpType(ir.OpConvInputGrad), c, xs.Shape, dys, ws))
		ofW = append(ofW, s.Op(compute.OpType(ir.OpConvWeightGrad), c, ws.Shape, xs, dys))
	}
	last := ir.Concatenate{Axis: 3}
	s.Outputs = []*ir.Value{
		s.Op(compute.OpTypeConcatenate, last, x.Shape, ofX...), s.Op(compute.OpTypeConcatenate, last, w.Shape, ofW...),
	}
	MergeGroupedConvGradients(s.Graph)
	DeadCode(s.Graph)
	return s
}

func TestMergeGroupedConvGradients(t *testing.T) {
	s := groupSketch(0, 1)
	s.Check(t, `
		f(%0, %1, %2)
		%0 = Parameter() (Float32)[2, 5, 5, 4]
		%1 = Parameter() (Float32)[3, 3, 2, 6]
		%2 = Parameter() (Float32)[2, 3, 3, 6]
		%3 = ConvInputGrad(%2, %1) (Float32)[2, 5, 5, 4]
		%4 = ConvWeightGrad(%0, %2) (Float32)[3, 3, 2, 6]
		return %3, %4`)
	for _, v := range s.Outputs {
		if c := v.Producer.Attrs.(ir.Conv); c.ChannelGroups != 2 || c.InputDims[3] != 4 || c.KernelDims[3] != 6 ||
			c.KernelDims[2] != 2 || c.OutDims[3] != 6 {
			t.Errorf("%s is of a convolution of %d groups, %v by %v to %v",
				v.Op(), c.ChannelGroups, c.InputDims, c.KernelDims, c.OutDims)
		}
	}
}

// Groups in another order are not those of one convolution.
func TestMergeGroupedConvGradientsKeepsTheOrder(t *testing.T) {
	s := groupSketch(1, 0)
	for _, v := range s.Outputs {
		if v.Op() != ir.Op(compute.OpTypeConcatenate) {
			t.Errorf("a concatenation of groups 1 and 0 became %s", v.Op())
		}
	}
}

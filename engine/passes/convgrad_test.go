package passes

import (
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"github.com/kontrast-ml/kontrast/engine/ir"
	"github.com/kontrast-ml/kontrast/engine/passes/internal/sketch"
)

// convSketch has the operands of the gradients of a 3x3 convolution of stride 2 with padding 1 on [8,15,15,4] with 6
// output channels.
type convSketch struct {
	sketch.Graph
	x, w, dy *ir.Value
}

func newConvSketch() convSketch {
	s := sketch.New()
	return convSketch{s, s.Param(8, 15, 15, 4), s.Param(3, 3, 4, 6), s.Param(8, 8, 8, 6)}
}

// byInput describes the gradient by the input as GoMLX's differentiation writes it.
func (s convSketch) byInput() ir.Conv {
	c := ForwardConv([]int{1, 1}, []int{1, 1}, nil, nil, nil)
	c.Axes.KernelInputChannels, c.Axes.KernelOutputChannels = 3, 2
	c.InputDilations, c.Paddings = []int{2, 2}, [][2]int{{1, 1}, {1, 1}}
	return c
}

// byKernel describes the gradient by the kernel.
func (s convSketch) byKernel() ir.Conv {
	return ir.Conv{
		Axes: compute.ConvolveAxesConfig{
			InputBatch: 3, InputChannels: 0, InputSpatial: []int{1, 2},
			KernelInputChannels: 0, KernelOutputChannels: 3, KernelSpatial: []int{1, 2},
			OutputBatch: 2, OutputChannels: 3, OutputSpatial: []int{0, 1},
		},
		Strides: []int{1, 1}, Paddings: [][2]int{{1, 1}, {1, 1}}, InputDilations: []int{1, 1}, KernelDilations: []int{2, 2},
		ChannelGroups: 1, BatchGroups: 1,
	}
}

func (s convSketch) conv(c ir.Conv, shape shapes.Shape, x, w *ir.Value) *ir.Value {
	return s.Op(compute.OpTypeConvGeneral, c, shape, x, w)
}

func TestRecognizeConvGradients(t *testing.T) {
	s := newConvSketch()
	dx := s.conv(s.byInput(), s.x.Shape, s.dy, reversed(s.Graph, s.w, 0, 1))
	dw := s.conv(s.byKernel(), s.w.Shape, s.x, s.dy)
	s.Outputs = []*ir.Value{dx, dw}
	RecognizeConvGradients(s.Graph.Graph)
	DeadCode(s.Graph.Graph)
	s.Check(t, `
		f(%0, %1, %2)
		%0 = Parameter() (Float32)[8, 15, 15, 4]
		%1 = Parameter() (Float32)[3, 3, 4, 6]
		%2 = Parameter() (Float32)[8, 8, 8, 6]
		%3 = ConvInputGrad(%2, %1) (Float32)[8, 15, 15, 4]
		%4 = ConvWeightGrad(%0, %2) (Float32)[3, 3, 4, 6]
		return %3, %4`)
	for _, v := range s.Outputs {
		c := v.Producer.Attrs.(ir.Conv)
		if c.Strides[0] != 2 || c.Paddings[0] != [2]int{1, 1} || c.KernelDilations[0] != 1 {
			t.Errorf("%s is of a convolution with strides %v, paddings %v, dilations %v",
				v.Op(), c.Strides, c.Paddings, c.KernelDilations)
		}
	}
}

// A 1x1 kernel need not be reversed.
func TestRecognizeConvGradientOfPoints(t *testing.T) {
	s := sketch.New()
	w, dy := s.Param(1, 1, 4, 6), s.Param(8, 5, 5, 6)
	c := convSketch{}.byInput()
	c.InputDilations, c.Paddings = []int{1, 1}, [][2]int{{0, 0}, {0, 0}}
	s.Outputs = []*ir.Value{s.Op(compute.OpTypeConvGeneral, c, sketch.Float(8, 5, 5, 4), dy, w)}
	RecognizeConvGradients(s.Graph)
	s.Check(t, `
		f(%0, %1)
		%0 = Parameter() (Float32)[1, 1, 4, 6]
		%1 = Parameter() (Float32)[8, 5, 5, 6]
		%2 = ConvInputGrad(%1, %0) (Float32)[8, 5, 5, 4]
		return %2`)
}

func TestRecognizeConvGradientsKeepsOthers(t *testing.T) {
	for name, build := range map[string]func(s convSketch) *ir.Value{
		"a forward convolution": func(s convSketch) *ir.Value {
			c := ForwardConv([]int{1, 1}, []int{1, 1}, nil, nil, nil)
			return s.conv(c, sketch.Float(8, 13, 13, 6), s.x, s.w)
		},
		"a kernel that is not reversed": func(s convSketch) *ir.Value {
			return s.conv(s.byInput(), s.x.Shape, s.dy, s.w)
		},
		"a kernel reversed along one axis": func(s convSketch) *ir.Value {
			return s.conv(s.byInput(), s.x.Shape, s.dy, reversed(s.Graph, s.w, 0))
		},
		"by the input, with strides": func(s convSketch) *ir.Value {
			c := s.byInput()
			c.Strides = []int{2, 2}
			return s.conv(c, sketch.Float(8, 8, 8, 4), s.dy, reversed(s.Graph, s.w, 0, 1))
		},
		"by the kernel, of a dilated input": func(s convSketch) *ir.Value {
			c := s.byKernel()
			c.InputDilations = []int{2, 2}
			return s.conv(c, sketch.Float(17, 17, 4, 6), s.x, s.dy)
		},
		"paddings beyond those of a convolution": func(s convSketch) *ir.Value {
			c := s.byInput()
			c.Paddings = [][2]int{{3, 3}, {3, 3}}
			return s.conv(c, sketch.Float(8, 19, 19, 4), s.dy, reversed(s.Graph, s.w, 0, 1))
		},
		"of groups": func(s convSketch) *ir.Value {
			c := s.byKernel()
			c.BatchGroups = 2
			return s.conv(c, s.w.Shape, s.x, s.dy)
		},
		"of float64": func(s convSketch) *ir.Value {
			return s.conv(s.byKernel(), shapes.Make(dtypes.Float64, 3, 3, 4, 6), s.x, s.dy)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newConvSketch()
			s.Outputs = []*ir.Value{build(s)}
			s.CheckKept(t, RecognizeConvGradients)
		})
	}
}

// The gradients of a convolution channel by channel.
func TestRecognizeDepthwiseConvGradients(t *testing.T) {
	s := sketch.New()
	c := convSketch{s, s.Param(8, 15, 15, 6), s.Param(3, 3, 1, 6), s.Param(8, 8, 8, 6)}
	byInput, byKernel := c.byInput(), c.byKernel()
	byInput.Axes.KernelInputChannels, byInput.Axes.KernelOutputChannels = 2, 3
	byKernel.Axes.OutputBatch, byKernel.Axes.OutputChannels = 3, 2
	byInput.ChannelGroups, byKernel.BatchGroups = 6, 6
	s.Outputs = []*ir.Value{
		c.conv(byInput, c.x.Shape, c.dy, reversed(s, c.w, 0, 1)), c.conv(byKernel, sketch.Float(3, 3, 6, 1), c.x, c.dy),
	}
	RecognizeConvGradients(s.Graph)
	DeadCode(s.Graph)
	s.Check(t, `
		f(%0, %1, %2)
		%0 = Parameter() (Float32)[8, 15, 15, 6]
		%1 = Parameter() (Float32)[3, 3, 1, 6]
		%2 = Parameter() (Float32)[8, 8, 8, 6]
		%3 = ConvInputGrad(%2, %1) (Float32)[8, 15, 15, 6]
		%4 = ConvWeightGrad(%0, %2) (Float32)[3, 3, 1, 6]
		%5 = Reshape(%4) (Float32)[3, 3, 6, 1]
		return %3, %5`)
	for _, v := range []*ir.Value{s.Outputs[0], s.Outputs[1].Producer.Inputs[0]} {
		if c := v.Producer.Attrs.(ir.Conv); c.ChannelGroups != 6 || c.Strides[0] != 2 || c.Paddings[0] != [2]int{1, 1} {
			t.Errorf("%s is of a convolution of %d groups with strides %v, paddings %v", v.Op(), c.ChannelGroups, c.Strides,
				c.Paddings)
		}
	}
}

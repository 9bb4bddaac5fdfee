package ir

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// Parameter is the attribute of a Parameter node.
type Parameter struct {
	Name  string
	Index int
}

// Constant is the attribute of a Constant node: its elements as bytes, in the machine's byte order.
type Constant struct{ Data []byte }

// Axes is the attribute of the ops that take a list of axes: the reductions and Reverse. Reductions list all
// axes explicitly, in increasing order.
type Axes struct{ Axes []int }

// Transpose is the attribute of Transpose: output axis i is input axis Permutation[i].
type Transpose struct{ Permutation []int }

// Broadcast is the attribute of BroadcastInDim: input axis i becomes output axis Axes[i].
type Broadcast struct{ Axes []int }

// Slice is the attribute of Slice: one entry an axis.
type Slice struct{ Starts, Limits, Strides []int }

// Part is the attribute of Moments that read a part of their operand along its first axis; nil is all of it.
type Part struct{ From, To int }

// Concatenate is the attribute of Concatenate.
type Concatenate struct{ Axis int }

// Pad is the attribute of Pad: one entry an axis.
type Pad struct{ Axes []compute.PadAxis }

// Iota is the attribute of Iota.
type Iota struct{ Axis int }

// Dot is the attribute of DotGeneral.
type Dot struct {
	LHSContracting, LHSBatch []int
	RHSContracting, RHSBatch []int
	Accumulator, Output      dtypes.DType
}

// Conv is the attribute of ConvGeneral, ConvInputGrad and ConvWeightGrad. Slices have one entry a spatial axis, but for
// the three shapes.
type Conv struct {
	Axes                           compute.ConvolveAxesConfig
	Strides                        []int
	Paddings                       [][2]int
	InputDilations                 []int
	KernelDilations                []int
	ChannelGroups, BatchGroups     int
	InputDims, KernelDims, OutDims []int // the shapes of the forward convolution, for the gradients
}

// Window is the attribute of ReduceWindow and the SelectAndScatter ops: one entry an axis.
type Window struct {
	Reduce                       compute.ReduceOpType
	Dims, Strides                []int
	InputDilations, WinDilations []int
	Paddings                     [][2]int
}

// Gather is the attribute of Gather.
type Gather struct {
	IndexVectorAxis                                            int
	OffsetOutputAxes, CollapsedSliceAxes, StartIndexMap, Sizes []int
}

// Scatter is the attribute of the Scatter ops.
type Scatter struct {
	IndexVectorAxis                                 int
	UpdateWindowAxes, InsertedWindowAxes, IndexAxes []int
}

// ArgMinMax is the attribute of ArgMinMax.
type ArgMinMax struct {
	Axis int
	Min  bool
}

// Attention is the attribute of FusedScaledDotProductAttention and its VJP. The inputs are query, key, value
// and, if HasMask, the mask; the VJP adds output, log-sum-exp and output gradient.
type Attention struct {
	Layout  compute.AttentionAxesLayout
	Scale   float64
	Causal  bool
	HasMask bool
	// Packed says that query, key and value are three times the same tensor [batch, seq, 3, heads, dim], which holds
	// them in this order. The VJP has one output then, the gradient of that tensor.
	Packed bool
}

// MaskAxes tells which of batch, head, query and key (0 to 3) the axes of a mask follow. Masks of rank 4 are laid out
// as the scores of the layout; lower ranks are [batch, query, key] and [query, key]. For other ranks it is nil.
func (a Attention) MaskAxes(rank int) []int {
	switch {
	case rank == 4 && a.Layout == compute.AttentionAxesLayoutBSHD:
		return []int{0, 2, 1, 3}
	case rank == 4:
		return []int{0, 1, 2, 3}
	case rank == 3:
		return []int{0, 2, 3}
	case rank == 2:
		return []int{2, 3}
	}
	return nil
}

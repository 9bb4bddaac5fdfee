package ir

import (
	"fmt"

	"github.com/gomlx/compute"
)

// Op names an operation: those of compute.OpType, and the engine's own that passes introduce.
type Op int

// The engine's own ops start above those of GoMLX.
const (
	opFirst Op = Op(compute.OpTypeLast) + 1000 + iota

	// OpLoop is a fused loop over one iteration space: attributes *Loop.
	OpLoop

	// OpLoops is several loops that do not read each other: attributes Loops.
	OpLoops

	// OpDotEpilogue is a matrix product with a loop as its epilogue: attributes *DotEpilogue. The inputs are those of the
	// product, then those of the loop but for the product. The outputs are the product, if it is stored, and those of the
	// loop.
	OpDotEpilogue

	// OpMoments gives the mean and the biased variance over the leading axes of [..., C]: two outputs [C].
	// Attributes Part, or nil.
	OpMoments

	// OpConvInputGrad is the input gradient of a convolution: inputs output gradient, kernel;
	// attributes *Conv of the forward convolution.
	OpConvInputGrad

	// OpConvWeightGrad is the weight gradient of a convolution: inputs input, output gradient;
	// attributes *Conv of the forward convolution.
	OpConvWeightGrad

	// The instructions of loops for batch norm and ReLU. Scale, shift, mean and k1 to k3 are Vectors; residual may be left
	// out.

	// OpScaleShift is x·scale + shift + residual: operands x, scale, shift, residual.
	OpScaleShift

	// OpScaleShiftReLU is OpScaleShift with negative results replaced by 0.
	OpScaleShiftReLU

	// OpGate is dy, or 0 where OpScaleShift is not positive: operands dy, x, scale, shift, residual.
	OpGate

	// OpGateOfSum is OpGate of the sum of two gradients: operands dy, more, x, scale, shift, residual.
	OpGateOfSum

	// OpBatchNormGrad is dy·k1 + (x - mean)·k2 + k3: operands dy, x, mean, k1, k2, k3.
	OpBatchNormGrad

	// OpGelu is x·Φ(x), Φ being the normal distribution function.
	OpGelu

	// OpGeluGrad is the gradient of OpGelu by x: operands x and the gradient of the result.
	OpGeluGrad
)

var ownNames = map[Op]string{
	OpLoop: "Loop", OpLoops: "Loops", OpDotEpilogue: "DotEpilogue", OpMoments: "Moments", OpConvInputGrad: "ConvInputGrad",
	OpConvWeightGrad: "ConvWeightGrad",
	OpScaleShift:     "ScaleShift", OpScaleShiftReLU: "ScaleShiftReLU", OpGate: "Gate", OpGateOfSum: "GateOfSum",
	OpBatchNormGrad: "BatchNormGrad",
	OpGelu:          "Gelu", OpGeluGrad: "GeluGrad",
}

// String returns the op's name as GoMLX writes it.
func (op Op) String() string {
	if name, ok := ownNames[op]; ok {
		return name
	}
	if op < opFirst {
		return compute.OpType(op).String()
	}
	return fmt.Sprintf("Op(%d)", int(op))
}

package exec

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

// lowerings are the engine's own kernels.
var lowerings = map[ir.Op]lowering{
	ir.OpConvInputGrad:  lowerConvInputGrad,
	ir.OpConvWeightGrad: lowerConvWeightGrad,
	ir.OpMoments:        lowerMoments,
	ir.OpLoop:           lowerLoop,
	ir.OpLoops:          lowerLoops,
	ir.OpDotEpilogue:    lowerDotEpilogue,

	ir.Op(compute.OpTypeReduceSum):        lowerReduce,
	ir.Op(compute.OpTypeReduceMax):        lowerReduce,
	ir.Op(compute.OpTypeReduceMin):        lowerReduce,
	ir.Op(compute.OpTypeReduceProduct):    lowerReduce,
	ir.Op(compute.OpTypeReduceBitwiseAnd): lowerReduce,
	ir.Op(compute.OpTypeReduceBitwiseOr):  lowerReduce,
	ir.Op(compute.OpTypeReduceBitwiseXor): lowerReduce,
	ir.Op(compute.OpTypeReduceLogicalAnd): lowerReduce,
	ir.Op(compute.OpTypeReduceLogicalOr):  lowerReduce,
	ir.Op(compute.OpTypeReduceLogicalXor): lowerReduce,

	ir.Op(compute.OpTypeConvGeneral):                       lowerConv,
	ir.Op(compute.OpTypeDotGeneral):                        lowerDot,
	ir.Op(compute.OpTypeReduceWindow):                      lowerReduceWindow,
	ir.Op(compute.OpTypeSelectAndScatterMax):               lowerSelectAndScatter,
	ir.Op(compute.OpTypeFusedScaledDotProductAttention):    lowerAttention,
	ir.Op(compute.OpTypeFusedScaledDotProductAttentionVJP): lowerAttentionGradient,
	ir.Op(compute.OpTypeTranspose):                         lowerTranspose,
	ir.Op(compute.OpTypeSlice):                             lowerSlice,
	ir.Op(compute.OpTypeReverse):                           lowerReverse,
	ir.Op(compute.OpTypeBroadcastInDim):                    lowerBroadcast,
	ir.Op(compute.OpTypeConcatenate):                       lowerConcatenate,
	ir.Op(compute.OpTypePad):                               lowerPad,
	ir.Op(compute.OpTypeGather):                            lowerGather,
	ir.Op(compute.OpTypeScatterSum):                        lowerScatter,
	ir.Op(compute.OpTypeScatterMax):                        lowerScatter,
	ir.Op(compute.OpTypeScatterMin):                        lowerScatter,
	ir.Op(compute.OpTypeArgMinMax):                         lowerArgMinMax,
	ir.Op(compute.OpTypeRNGBitGenerator):                   lowerRandomBits,
	ir.Op(compute.OpTypeConvertDType):                      lowerConvert,
}

// allFloat32 says that the operands and results of n are float32.
func allFloat32(n *ir.Node) bool { return allOf(n, dtypes.Float32) }

// allBFloat16 says that the operands and results of n are bfloat16.
func allBFloat16(n *ir.Node) bool { return allOf(n, dtypes.BFloat16) }

func allOf(n *ir.Node, dtype dtypes.DType) bool {
	for _, v := range n.Inputs {
		if v.Shape.DType != dtype {
			return false
		}
	}
	for _, v := range n.Outputs {
		if v.Shape.DType != dtype {
			return false
		}
	}
	return true
}

package exec

import (
	"github.com/gomlx/compute"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

// flops returns the floating-point operations of the products that a node defines, a multiply-add counting as two. They
// are those of the definition: an algorithm may do fewer (Winograd) or compute something again (attention's gradient).
// It is 0 for ops that are not made of products.
func flops(n *ir.Node) float64 {
	switch n.Op {
	case ir.OpDotEpilogue:
		return flops(n.Attrs.(*ir.DotEpilogue).Product)
	case ir.OpConvInputGrad, ir.OpConvWeightGrad:
		c := n.Attrs.(ir.Conv)
		return convFlops(product(c.OutDims), c.KernelDims, c.OutDims[len(c.OutDims)-1])
	}
	switch compute.OpType(n.Op) {
	case compute.OpTypeConvGeneral:
		kernel := n.Inputs[1].Dims()
		return convFlops(n.Outputs[0].Size(), kernel, kernel[n.Attrs.(ir.Conv).Axes.KernelOutputChannels])
	case compute.OpTypeDotGeneral:
		sum := 2 * float64(n.Outputs[0].Size())
		for _, axis := range n.Attrs.(ir.Dot).LHSContracting {
			sum *= float64(n.Inputs[0].Dims()[axis])
		}
		return sum
	case compute.OpTypeFusedScaledDotProductAttention:
		return 2 * attentionProduct(n)
	case compute.OpTypeFusedScaledDotProductAttentionVJP: // by q, k, v and the scores
		return 4 * attentionProduct(n)
	}
	return 0
}

// convFlops has every output element be the sum of as many products as the kernel has weights for its channel.
func convFlops(outputs int, kernel []int, channels int) float64 {
	return 2 * float64(outputs) * float64(product(kernel)/max(1, channels))
}

// attentionProduct returns the operations of the product of all queries with all keys.
func attentionProduct(n *ir.Node) float64 {
	p := newAttentionOp(n)
	return 2 * float64(p.Batch) * float64(p.Heads) * float64(p.QueryLen) * float64(p.KVLen) * float64(p.Dim)
}

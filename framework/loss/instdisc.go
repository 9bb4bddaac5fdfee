package loss

import (
	"math"

	"github.com/gomlx/gomlx/core/graph"
)

// LogPartition estimates the logarithm of InstDisc's normalizing constant Z (Wu
// et al. 2018, arXiv:1805.01978, §3.2) from the logits [N, 1+K] of a batch: the
// mean exponential times the size of the bank. It is measured on the first batch and constant from then on.
func LogPartition(logits *graph.Node, bankSize int) *graph.Node {
	logits = graph.StopGradient(logits)
	total := LogSumExp(graph.Reshape(logits, -1))
	return graph.AddScalar(total, math.Log(float64(bankSize)/float64(logits.Shape().Size())))
}

// nceEpsilon is what the official code adds to a denominator.
const nceEpsilon = 1e-7

// NCE is InstDisc's noise-contrastive estimation (§3.2): each sample's
// own entry is told from K noise entries, which are drawn evenly from the
// bank. It is summed over the entries and averaged over the batch.
//
// Logits are [N, 1+K] from [InfoNCELogits], logPartition is a scalar that gets no gradient.
func NCE(logits, logPartition *graph.Node, bankSize int) *graph.Node {
	noise := float64(width(logits)-1) / float64(bankSize) // K times the probability of an entry
	// With c = noise + ε all terms are functions of log P - log c.
	odds := graph.AddScalar(graph.Sub(logits, graph.StopGradient(logPartition)), -math.Log(noise+nceEpsilon))
	own := graph.SliceAxis(odds, 1, graph.AxisElem(0))
	others := graph.SliceAxis(odds, 1, graph.AxisRangeToEnd(1))
	misses := graph.ReduceAllSum(softplus(graph.Neg(own)))
	// log(noise/(P+c)), where noise/c is 1 but for ε
	alarms := graph.ReduceAllSum(graph.AddScalar(softplus(others), math.Log((noise+nceEpsilon)/noise)))
	return graph.DivScalar(graph.Add(misses, alarms), rows(logits))
}

// Proximal is InstDisc's proximal regularizer (§3.3), to be added to the loss
// with a weight: the mean squared distance of anchors and positives [N, D],
// which are the samples' own entries in the memory bank.
func Proximal(anchors, positives *graph.Node) *graph.Node {
	return graph.ReduceAllMean(graph.ReduceSum(graph.Square(graph.Sub(anchors, positives)), -1))
}

package loss

import (
	"math"

	"github.com/gomlx/gomlx/core/graph"
)

// BankLogits are the similarities of embeddings to entries of a memory bank
// over the temperature (InstDisc, Wu et al. 2018, arXiv:1805.01978, eq. 2):
// [N, 1+K], a sample's own entry in column 0. The bank gets no gradient.
//
// Embeddings [N, D] and bank [M, D] are unit vectors; own [N] and negatives
// [N, K] are indices of the bank of one integer type. Negatives are drawn
// evenly with replacement and may hold the own entry, as the official code has it.
func BankLogits(x, bank, own, negatives, temperature *graph.Node) *graph.Node {
	indices := graph.Concatenate([]*graph.Node{graph.ExpandAxes(own, 1), negatives}, 1)
	// All similarities, [N, M], take less memory than the chosen entries, [N, 1+K, D].
	toAll := similarities(graph.Div(x, temperature), graph.StopGradient(bank))
	row := graph.MulScalar(graph.Iota(x.Graph(), indices.Shape(), 0), rows(bank))
	return graph.Gather(graph.Reshape(toAll, -1), graph.ExpandAxes(graph.Add(row, indices), -1))
}

// LogPartition estimates the logarithm of InstDisc's normalizing constant Z
// from the logits [N, 1+K] of a batch: the mean exponential times the size of
// the bank (§3.2). It is measured on the first batch and constant from then on.
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
// Logits are [N, 1+K] from [BankLogits], logPartition is a scalar that gets no gradient.
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

// BankSoftmax is InstDisc's loss with the whole bank as negatives (eq. 2): the
// cross entropy of finding the own entry.
//
// Embeddings [N, D] and bank [M, D] are unit vectors, own [N] are indices. The bank gets no gradient.
func BankSoftmax(x, bank, own, temperature *graph.Node) *graph.Node {
	logits := similarities(graph.Div(x, temperature), graph.StopGradient(bank))
	return CrossEntropy(logits, own)
}

// Proximal is InstDisc's proximal regularizer (§3.3), to be added to the loss
// with a weight: the mean squared distance of the embeddings [N, D] from their
// entries in the bank [M, D]. The bank gets no gradient.
func Proximal(x, bank, own *graph.Node) *graph.Node {
	entries := graph.Gather(graph.StopGradient(bank), graph.ExpandAxes(own, -1))
	return graph.ReduceAllMean(graph.ReduceSum(graph.Square(graph.Sub(x, entries)), -1))
}

// Package attention computes scaled dot-product attention and its gradient
// without ever storing the scores of all heads.
//
// Work goes by blocks of queries whose scores stay in the L2 cache. The
// forward pass keeps one number a row, the log of the softmax's partition sum,
// from which the gradient computes the probabilities again (Dao et al. 2022,
// "FlashAttention", arXiv:2205.14135). Results do not depend on the number of
// threads.
package attention

import "fmt"

// Heads is a set of attention heads inside an array: element d of position s
// of head h of batch element b is Data[b*Batch + h*Head + s*Seq + d].
type Heads struct {
	Data             []float32
	Batch, Head, Seq int // strides in elements
}

// BHSD describes an array [batch, heads, seq, dim].
func BHSD(data []float32, heads, seq, dim int) Heads {
	return Heads{Data: data, Batch: heads * seq * dim, Head: seq * dim, Seq: dim}
}

// BSHD describes an array [batch, seq, heads, dim].
func BSHD(data []float32, heads, seq, dim int) Heads {
	return Heads{Data: data, Batch: heads * seq * dim, Head: dim, Seq: heads * dim}
}

// at returns the elements from position s of a head on.
func (h Heads) at(b, head, s int) []float32 { return h.Data[b*h.Batch+head*h.Head+s*h.Seq:] }

// check panics if the array has not all elements of the heads, or a position's elements are not its own.
func (h Heads) check(what string, batch, heads, seq, dim int) {
	if batch == 0 || heads == 0 || seq == 0 || dim == 0 {
		return
	}
	need := (batch-1)*h.Batch + (heads-1)*h.Head + (seq-1)*h.Seq + dim
	if len(h.Data) < need || h.Seq < dim && seq > 1 {
		panic(fmt.Sprintf("attention: %s has %d elements and row stride %d: [batch %d, heads %d, seq %d, dim %d] needs %d "+
			"and at least %d",
			what, len(h.Data), h.Seq, batch, heads, seq, dim, need, dim))
	}
}

// Strides locate the element (batch, head, query, key) of a mask or bias, in elements; 0 broadcasts an axis.
type Strides struct{ Batch, Head, Query, Key int }

func (s Strides) offset(b, h, q int) int { return b*s.Batch + h*s.Head + q*s.Query }

// Problem is the shape of an attention and what is added to or left out of its scores.
type Problem struct {
	Batch, Heads    int
	KVHeads         int // heads of key and value; divides Heads, 0 means Heads
	QueryLen, KVLen int
	Dim             int // of a head

	// Scale multiplies query·key; 0 means 1/sqrt(Dim).
	Scale float32
	// Causal leaves out the keys behind the query's own position.
	Causal bool
	// Mask leaves out the keys where it is false; nil for none.
	Mask        []bool
	MaskStrides Strides
	// Biases are added to the scaled scores.
	Biases []Bias
	// QueryLengths and KVLengths [Batch] are the true lengths of padded
	// sequences; nil means QueryLen and KVLen.
	QueryLengths, KVLengths []int32
}

// Bias is an additive term of the scores.
type Bias struct {
	Data    []float32
	Strides Strides
}

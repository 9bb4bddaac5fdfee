package attention_test

import (
	"fmt"

	"github.com/kontrast-ml/kontrast/engine/kernels/attention"
)

// With equal keys, a causal head averages the values up to its own position.
func ExampleProblem_Forward() {
	const seq, dim = 3, 2
	a := attention.Problem{Batch: 1, Heads: 1, QueryLen: seq, KVLen: seq, Dim: dim, Causal: true}
	heads := func(data ...float32) attention.Heads { return attention.BSHD(data, 1, seq, dim) }
	out, lse := heads(make([]float32, seq*dim)...), make([]float32, seq)
	a.Forward(nil, out, lse, heads(1, 2, 3, 4, 5, 6), heads(0, 0, 0, 0, 0, 0), heads(2, 10, 4, 20, 6, 30))
	fmt.Printf("%.1f\n", out.Data)
	// Output: [2.0 10.0 3.0 15.0 4.0 20.0]
}

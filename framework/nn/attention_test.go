package nn

import (
	"math"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/internal/testbackend"
)

// TestAttentionWeightsAreThoseThatMix mixes the values by the weights, which
// must be what the layer gives.
func TestAttentionWeightsAreThoseThatMix(t *testing.T) {
	const batch, length, width, heads = 2, 5, 8, 2
	tokens := make([]float32, batch*length*width)
	for i := range tokens {
		tokens[i] = float32(math.Sin(float64(3*i + i*i%7)))
	}
	for name, cfg := range map[string]AttentionConfig{
		"plain": {Heads: heads}, "causal": {Heads: heads, Causal: true}, "relative": {Heads: heads, Relative: true},
	} {
		t.Run(name, func(t *testing.T) {
			store := model.NewStore()
			if err := SetSeed(store, 3); err != nil {
				t.Fatal(err)
			}
			out := model.MustCallOnceN(testbackend.New(t), store, func(root *model.Scope, x *graph.Node) []*graph.Node {
				scope := root.At("attn")
				want := SelfAttention(scope, x, cfg)
				weights := AttentionWeights(scope, x, cfg)
				_, _, values, _ := attended(scope, x, cfg)
				mixed := graph.Reshape(graph.Einsum("nqhk,nkhd->nqhd", weights, values), batch, length, width)
				got := Linear(scope.At("proj"), mixed, width, LinearConfig{Bias: Zeros})
				return []*graph.Node{graph.ReduceAllMax(graph.Abs(graph.Sub(got, want))), weights}
			}, tensors.FromFlatDataAndDimensions(tokens, batch, length, width))
			if off := tensors.ToScalar[float32](out[0]); !(off < 1e-5) {
				t.Errorf("the values mixed by the weights are %g away from the layer", off)
			}
			weights := tensors.MustCopyFlatData[float32](out[1])
			for row := range len(weights) / length {
				sum, query := 0.0, row/heads%length
				for key, w := range weights[row*length : (row+1)*length] {
					sum += float64(w)
					if w < 0 || cfg.Causal && key > query && w != 0 {
						t.Errorf("weight %g of key %d for query %d", w, key, query)
					}
				}
				if math.Abs(sum-1) > 1e-5 {
					t.Errorf("the weights of query %d sum to %g", query, sum)
				}
			}
		})
	}
}

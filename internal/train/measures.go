package train

import (
	"math"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/nn"
)

// Measures are what a step reports.
type Measures struct {
	// Loss is the value that was minimized.
	Loss float64
	// GradientNorm is the norm of all gradients together, before clipping.
	GradientNorm float64
	// EmbeddingStd is the standard deviation over the batch of the normalized
	// anchors, averaged over the dimensions and times √D: about 1 for
	// embeddings spread over the sphere, 0 where all are the same (Chen and He
	// 2021, §4.1).
	EmbeddingStd float64
	// PositiveSimilarity is the mean cosine of anchors and positives, in [-1, 1].
	PositiveSimilarity float64
	// OnlineTop1 is the accuracy of the online probe on the batch, in [0, 1]; -1 without one.
	OnlineTop1 float64
}

// Finite reports whether training can go on from a step of these measures.
func (m Measures) Finite() bool {
	return !math.IsNaN(m.Loss) && !math.IsInf(m.Loss, 0) && !math.IsNaN(m.GradientNorm) && !math.IsInf(m.GradientNorm, 0)
}

// watchedPair is the pair of which the spread and the similarity are reported.
func watchedPair(method framework.Method, step *framework.Step, pairs []framework.Pair) framework.Pair {
	if watcher, ok := method.(framework.CollapseWatcher); ok {
		return watcher.Watched(step, pairs)
	}
	return pairs[0]
}

func embeddingStd(pair framework.Pair) *graph.Node {
	x := nn.L2Normalize(graph.StopGradient(pair.Anchor))
	dim := x.Shape().Dimensions[x.Rank()-1]
	x = graph.Reshape(x, -1, dim)
	centered := graph.Sub(x, graph.ReduceAndKeep(x, graph.ReduceMean, 0))
	variance := graph.ReduceMean(graph.Square(centered), 0)
	return graph.MulScalar(graph.ReduceAllMean(graph.Sqrt(variance)), math.Sqrt(float64(dim)))
}

func positiveSimilarity(pair framework.Pair) *graph.Node {
	anchor := nn.L2Normalize(graph.StopGradient(pair.Anchor))
	positive := nn.L2Normalize(graph.StopGradient(pair.Positive))
	dim := anchor.Shape().Dimensions[anchor.Rank()-1]
	return graph.MulScalar(graph.ReduceAllMean(graph.Mul(anchor, positive)), dim)
}

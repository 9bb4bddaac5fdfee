package loss

import (
	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework/nn"
)

// CLIP is the symmetric contrastive loss of images and texts (Radford et al.
// 2021, arXiv:2103.00020, figure 3): each image finds its text among the
// batch's and each text its image; the mean of both cross entropies.
//
// Both are [N, D]. The logarithm of the scale is a learned scalar that starts
// at ln(1/0.07) and is kept within [0, ln 100].
func CLIP(images, texts, logScale *graph.Node) *graph.Node {
	logits := pairLogits(images, texts, logScale)
	return mean(CrossEntropyDiagonal(logits), CrossEntropyDiagonal(graph.Transpose(logits, 0, 1)))
}

// SigLIP is the sigmoid loss of images and texts (Zhai et al. 2023,
// arXiv:2303.15343): each of the N² pairs is a decision of its own,
// matching or not. It is the sum over all pairs divided by N.
//
// Both are [N, D]. The logarithm of the scale and the bias are learned scalars
// that start at ln 10 and -10. matching is true where an image and a text
// belong together, [N, N] bool; nil for image i and text i alone.
func SigLIP(images, texts, logScale, bias, matching *graph.Node) *graph.Node {
	logits := graph.Add(pairLogits(images, texts, logScale), bias)
	if matching == nil {
		matching = onDiagonal(logits.Graph(), rows(logits))
	}
	wrong := graph.Where(matching, graph.Neg(logits), logits)
	return graph.DivScalar(graph.ReduceAllSum(softplus(wrong)), rows(logits))
}

// pairLogits is the scaled cosine of each image with each text: [N, N].
func pairLogits(images, texts, logScale *graph.Node) *graph.Node {
	sameShape("images and texts", images, texts)
	return similarities(graph.Mul(nn.L2Normalize(images), graph.Exp(logScale)), nn.L2Normalize(texts))
}

// softplus is log(1 + exp(x)) without overflow.
func softplus(x *graph.Node) *graph.Node {
	return graph.Add(graph.MaxScalar(x, 0), graph.Log1p(graph.Exp(graph.Neg(graph.Abs(x)))))
}

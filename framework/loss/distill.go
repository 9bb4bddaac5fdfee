package loss

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework/nn"
)

// Distillation is the mean cross entropy over pairs of a target and the logits
// that shall have its distribution: of SwAV (Caron et al. 2020,
// arXiv:2006.09882, eq. 2) with codes from [Sinkhorn], of DINO (Caron et al.
// 2021, arXiv:2104.14294, eq. 3) with the teacher's probabilities from [Sharpened].
//
// Targets and logits are [B, K], the same number of each and at least one;
// targets get no gradient. Entries that follow each other with the same node of
// logits are computed as one.
func Distillation(targets, logits []*graph.Node) *graph.Node {
	if len(targets) == 0 || len(targets) != len(logits) {
		panic(fmt.Errorf("Distillation: %d targets for %d logits; want one for each", len(targets), len(logits)))
	}
	var terms []*graph.Node
	for i := 0; i < len(logits); {
		of, target := logits[i], targets[i]
		// Cross entropy is linear in the target.
		for i++; i < len(logits) && logits[i] == of; i++ {
			target = graph.Add(target, targets[i])
		}
		terms = append(terms, SoftCrossEntropy(target, of))
	}
	return graph.DivScalar(sum(terms...), len(targets))
}

// Sharpened are the probabilities of DINO's teacher: the softmax of its outputs
// [B, K] minus the center [1, K], over the temperature, 0.04 to 0.07 in the
// paper. Afterwards move the center by [UpdateMean] over the outputs.
func Sharpened(outputs, center, temperature *graph.Node) *graph.Node {
	return graph.Softmax(graph.Div(graph.Sub(outputs, center), temperature))
}

// IBOT is the masked-patch loss of iBOT (Zhou et al. 2022, arXiv:2111.07832):
// at each masked patch the student predicts the teacher's centered and
// sharpened probabilities; patches of an image are averaged, then images.
// Afterwards move the center by [UpdateMean] over the teachers at all patches, as the official code
// does.
//
// Students and teachers are [B, L, K] for L patches, the mask [B, L] is 1
// where a patch was masked and 0 elsewhere, the center is [1, K]. Teachers and
// center get no gradient.
func IBOT(students, teachers, mask, center, studentTemperature, teacherTemperature *graph.Node) *graph.Node {
	centered := graph.Sub(teachers, graph.ExpandAxes(center, 0))
	targets := graph.Softmax(graph.Div(centered, teacherTemperature))
	return MaskedDistillation(targets, graph.Div(students, studentTemperature), mask)
}

// MaskedDistillation is the mean cross entropy of logits with their targets at the
// masked patches: patches of an image are averaged, then images. An image without
// any counts as 0.
//
// Targets and logits are [B, L, K], the mask [B, L] is 1 where a patch was masked
// and 0 elsewhere. Targets get no gradient.
func MaskedDistillation(targets, logits, mask *graph.Node) *graph.Node {
	mask = graph.StopGradient(mask)
	each := crossEntropyRows(targets, graph.LogSoftmax(logits)) // [B, L]
	masked := graph.MaxScalar(graph.ReduceAndKeep(mask, graph.ReduceSum, 1), 1)
	return graph.DivScalar(graph.ReduceAllSum(graph.Mul(each, graph.Div(mask, masked))), rows(mask))
}

// MSNConfig are the constants of [MSN]. The values of the paper are in the comments.
type MSNConfig struct {
	TargetTemperature float64 // sharpening of the targets, 0.25
	Iterations        int     // of Sinkhorn on the targets, 3; 0 for none
	EntropyWeight     float64 // of the mean-entropy regularizer, 1
}

// MSN is the loss of masked siamese networks (Assran et al. 2022,
// arXiv:2204.07141): masked anchors predict the sharpened
// assignment of their unmasked target to prototypes, and the mean prediction
// is pushed toward using all of them.
//
// Anchors are [V·B, D], view by view, targets [B, D], prototypes [K, D]; the
// temperature is 0.1 in the paper. Targets, and prototypes through the targets,
// get no gradient.
func MSN(anchors, targets, prototypes, temperature *graph.Node, config MSNConfig) *graph.Node {
	prototypes = nn.L2Normalize(prototypes)
	assign := func(z *graph.Node) *graph.Node {
		return graph.Div(Similarities(nn.L2Normalize(z), prototypes), temperature)
	}
	// Softmax to the power 1/t and renormalized is the softmax of the logits over t.
	sharp := graph.StopGradient(graph.Softmax(graph.DivScalar(assign(targets), config.TargetTemperature)))
	if config.Iterations > 0 {
		sharp = balance(sharp, config.Iterations)
	}
	views := make([]*graph.Node, rows(anchors)/rows(targets))
	for i := range views {
		views[i] = sharp
	}
	logProbabilities := graph.LogSoftmax(assign(anchors))
	prediction := graph.ReduceAllMean(crossEntropyRows(graph.Concatenate(views, 0), logProbabilities))
	if config.EntropyWeight == 0 {
		return prediction
	}
	average := graph.ReduceMean(graph.Exp(logProbabilities), 0)
	// 0 for a prototype that nothing chooses
	information := graph.Mul(average, graph.Log(graph.MaxScalar(average, smallestNormal)))
	uniform := graph.Scalar(average.Graph(), average.DType(), float64(rows(prototypes)))
	divergence := graph.Add(graph.ReduceAllSum(information), graph.Log(uniform))
	return graph.Add(prediction, graph.MulScalar(divergence, config.EntropyWeight))
}

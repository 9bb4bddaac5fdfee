// Package transfer has the evaluations of CLIP's paper (Radford et al. 2021,
// arXiv:2103.00020): zero-shot classification by prompts, retrieval of images
// by captions and of captions by images, and linear probes with few samples a
// class. It also makes captions of class names.
//
// The measures themselves are those of package eval.
package transfer

import (
	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/internal/eval"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// Result is what an evaluation came to under one protocol.
type Result struct {
	Protocol store.Protocol
	// Values are the numbers by metric: accuracies and recalls are fractions in [0, 1].
	Values map[string]float64
	// Scores are those of each test sample and class; nil if the evaluation has none.
	Scores *eval.Scores
}

// protocol is one of the test split, of weights after the last step.
func protocol(kind string, details map[string]string) store.Protocol {
	return store.Protocol{Kind: kind, Distance: "cosine", TestSplit: string(data.Test), Selection: store.Last, Details: details}
}

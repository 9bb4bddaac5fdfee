package eval_test

import (
	"context"
	"fmt"

	"github.com/kontrast-ml/kontrast/internal/eval"
)

func ExampleKNN() {
	train := eval.Set{
		Features: eval.Features{Dim: 2, Data: []float32{1, 0, 0.9, 0.2, 0, 1, 0.1, 0.8}},
		Labels:   []int{0, 0, 1, 1},
	}
	test := eval.Features{Dim: 2, Data: []float32{3, 1, 1, 5}}
	scores, err := eval.KNN{K: 3, Temperature: 0.07}.Classify(context.Background(), train, test, 2)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(scores.Predictions())
	// Output: [0 1]
}

// The linear probe with scikit-learn's strength C = 1.
func ExampleLogistic() {
	train := eval.Set{
		Features: eval.Features{Dim: 1, Data: []float32{-2, -1, -1.5, 1, 2, 1.5}},
		Labels:   []int{0, 0, 0, 1, 1, 1},
	}
	probe := eval.Logistic{WeightDecay: 1 / float64(len(train.Labels))}
	classifier, err := probe.Fit(context.Background(), train, 2)
	if err != nil {
		fmt.Println(err)
		return
	}
	scores, err := classifier.Logits(eval.Features{Dim: 1, Data: []float32{-0.5, 0.5}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(scores.Predictions())
	// Output: [0 1]
}

package eval

import (
	"testing"

	"github.com/kontrast-ml/kontrast/internal/testbackend"
)

// The sizes of a CIFAR evaluation with ResNet-18 features.
func BenchmarkKNN(b *testing.B) {
	train, test := blobs(1, 10000, 512, 10, 8), blobs(2, 2000, 512, 10, 8)
	backend := testbackend.New(b)
	for b.Loop() {
		if _, err := (KNN{K: 200, Temperature: 0.07, Backend: backend}).Classify(b.Context(), train, test.Features,
			10); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLogistic(b *testing.B) {
	train := blobs(1, 10000, 512, 10, 8)
	backend := testbackend.New(b)
	var fitted *Linear
	for b.Loop() {
		linear, err := Logistic{WeightDecay: 1e-4, Standardize: true, Backend: backend}.Fit(b.Context(), train, 10)
		if err != nil {
			b.Fatal(err)
		}
		fitted = linear
	}
	b.ReportMetric(float64(fitted.Iterations), "iterations")
	b.ReportMetric(fitted.Objective, "objective")
}

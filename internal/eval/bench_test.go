package eval

import "testing"

// The sizes of a CIFAR evaluation with ResNet-18 features.
func BenchmarkKNN(b *testing.B) {
	train, test := blobs(1, 10000, 512, 10, 8), blobs(2, 2000, 512, 10, 8)
	for b.Loop() {
		if _, err := (KNN{K: 200, Temperature: 0.07}).Classify(b.Context(), train, test.Features, 10); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLogistic(b *testing.B) {
	train := blobs(1, 10000, 512, 10, 8)
	iterations := 0
	for b.Loop() {
		linear, err := Logistic{WeightDecay: 1e-4, Standardize: true}.Fit(b.Context(), train, 10)
		if err != nil {
			b.Fatal(err)
		}
		iterations = linear.Iterations
	}
	b.ReportMetric(float64(iterations), "iterations")
}

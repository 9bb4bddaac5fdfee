package norm_test

import (
	"fmt"

	"github.com/kontrast-ml/kontrast/engine/kernels/norm"
)

// A batch norm with the addition of a residual and ReLU in one pass over memory.
func ExampleBatchNorm() {
	x := []float32{1, 10, 3, 30} // [2 rows, 2 channels]
	gamma, beta := []float32{1, 2}, []float32{0, 1}
	y, mean, variance := make([]float32, 4), make([]float32, 2), make([]float32, 2)
	norm.BatchNorm(nil, y, mean, variance, x, gamma, beta, 0, norm.Epilogue{Residual: []float32{3, 0, 0, 0}, Relu: true})
	fmt.Println(mean, variance)
	fmt.Println(y)
	// Output:
	// [2 20] [1 100]
	// [2 0 1 3]
}

func ExampleSoftmax() {
	x := []float32{0, 0, 5, 5, 5, 5} // [3, 2]
	norm.Softmax(nil, x, x, 2)
	fmt.Println(x)
	// Output: [0.5 0.5 0.5 0.5 0.5 0.5]
}

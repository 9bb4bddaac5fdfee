package vector_test

import (
	"fmt"

	"github.com/kontrast-ml/kontrast/engine/kernels/vector"
)

// A chain of operations runs block by block, in place.
func ExampleUnary() {
	x := []float32{0, 1, 4, 9}
	vector.Unary(vector.Sqrt, x, x)
	vector.BinaryScalar(vector.ReverseSub, x, x, 10)
	fmt.Println(x)
	// Output: [10 9 8 7]
}

func ExampleSelect() {
	x := []float32{-2, 3, -4, 5}
	mask := make([]bool, len(x))
	vector.CompareScalar(vector.Less, mask, x, 0)
	vector.SelectScalarLeft(x, mask, 0, x)
	fmt.Println(x)
	// Output: [0 3 0 5]
}

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

// A bias is a row that is added to every row.
func ExampleBinaryRow() {
	x := []float32{1, 2, 3, 4, 5, 6} // [2, 3]
	vector.BinaryRow(vector.Add, x, x, []float32{10, 20, 30})
	fmt.Println(x)
	// Output: [11 22 33 14 25 36]
}

func ExampleSelect() {
	x := []float32{-2, 3, -4, 5}
	mask := make([]bool, len(x))
	vector.CompareScalar(vector.Less, mask, x, 0)
	vector.SelectScalarLeft(x, mask, 0, x)
	fmt.Println(x)
	// Output: [0 3 0 5]
}

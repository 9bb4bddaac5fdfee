package reduce_test

import (
	"fmt"

	"github.com/kontrast-ml/kontrast/engine/kernels/reduce"
)

func ExampleBlockColumns() {
	x := []float32{1, 2, 3, 4, 5, 6} // [2, 3]
	sums := make([]float32, 3)
	reduce.BlockColumns(reduce.Sum, sums, x)
	fmt.Println(sums)
	// Output: [5 7 9]
}

func ExampleRows() {
	x := []float32{1, 2, 3, 4, 5, 6} // [2, 3]
	largest := make([]float32, 2)
	reduce.Rows(nil, reduce.Max, largest, x, 3)
	fmt.Println(largest)
	// Output: [3 6]
}

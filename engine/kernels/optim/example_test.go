package optim_test

import (
	"fmt"

	"github.com/kontrast-ml/kontrast/engine/kernels/optim"
)

func ExampleSGD_Update() {
	w, m := []float32{1, 2}, []float32{0, 0}
	sgd := optim.SGD{LearningRate: 0.5, Momentum: 0.5}
	for range 2 {
		sgd.Update(nil, []optim.SGDTensor{{Param: w, Grad: []float32{1, -1}, Momentum: m, NewParam: w, NewMomentum: m}})
	}
	fmt.Println(w, m)
	// Output: [-0.25 3.25] [1.5 -1.5]
}

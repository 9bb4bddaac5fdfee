package optim_test

import (
	"fmt"

	"github.com/kontrast-ml/kontrast/framework/optim"
)

// The learning rate of MoCo v3 with 4 steps an epoch: one epoch of warm-up, two of decay.
func ExampleWarmupCosine() {
	rate := optim.WarmupCosine(optim.MoCoV3, 0, 0.6, 0, 4, 12)
	for step := range 12 {
		fmt.Printf("%.3f ", rate.At(step))
	}
	// Output: 0.000 0.150 0.300 0.450 0.600 0.577 0.512 0.415 0.300 0.185 0.088 0.023
}

// The teacher's temperature of DINO changes with the epoch, not the step.
func ExamplePerEpoch() {
	temperature := optim.PerEpoch{
		Epochs:        optim.Linear{From: 0.04, To: 0.07, Steps: 4, Form: optim.DINO},
		StepsPerEpoch: 2,
	}
	for step := range 10 {
		fmt.Printf("%.2f ", temperature.At(step))
	}
	// Output: 0.04 0.04 0.05 0.05 0.06 0.06 0.07 0.07 0.07 0.07
}

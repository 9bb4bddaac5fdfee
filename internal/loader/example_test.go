package loader_test

import (
	"context"
	"fmt"

	"github.com/kontrast-ml/kontrast/framework/augment"
	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/internal/loader"
)

// One epoch of batches, of which the first step is left out: a run that was
// interrupted goes on so.
func ExampleLoader_Batches() {
	dataset := data.NewShapes(data.ShapesParams{Train: 20, Size: 32}, data.Train)
	recipe, err := augment.Named("simclr-cifar", 32)
	if err != nil {
		fmt.Println(err)
		return
	}
	pipeline, err := augment.Compile(recipe, data.ImageNet)
	if err != nil {
		fmt.Println(err)
		return
	}
	batches, err := loader.New(
		dataset, pipeline, loader.Config{Batch: 6, Seed: 1, Epochs: 1, Shuffle: true, DropLast: true},
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(batches.StepsPerEpoch(), "steps")
	for batch, err := range batches.Batches(context.Background(), 0, 1) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("step %d: samples %v, %d views of %d×%d pixels\n",
			batch.Step, batch.Indices, len(batch.Views), batch.Sizes[0], batch.Sizes[1])
		batch.Release()
	}
	// Output:
	// 3 steps
	// step 1: samples [15 8 17 18 1 5], 2 views of 32×32 pixels
	// step 2: samples [2 9 4 10 14 11], 2 views of 32×32 pixels
}

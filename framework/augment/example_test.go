package augment_test

import (
	"fmt"
	"strings"

	"github.com/kontrast-ml/kontrast/framework/augment"
	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/framework/random"
)

func ExampleNamed() {
	recipe, err := augment.Named("swav", 224)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(recipe.Sizes())
	_, err = augment.Named("swaf", 224)
	problem, _, _ := strings.Cut(err.Error(), " known recipes:")
	fmt.Println(problem)
	// Output:
	// [224 224 96 96 96 96 96 96]
	// unknown recipe "swaf"; did you mean "swav"?
}

// Two views of one sample, whose random numbers are named by seed, epoch, sample and view.
func ExamplePipeline_Apply() {
	recipe, err := augment.Named("simclr", 32)
	if err != nil {
		fmt.Println(err)
		return
	}
	pipeline, err := augment.Compile(recipe, data.ImageNet)
	if err != nil {
		fmt.Println(err)
		return
	}
	photo := &data.Image{}
	photo.Reset(48, 40)
	const seed, epoch, sample = 1, 0, 17
	var scratch augment.Scratch
	for view, size := range pipeline.Sizes() {
		pixels := make([]float32, size*size*3)
		stream := random.New(seed, epoch, sample, uint64(view))
		if err := pipeline.Apply(pixels, photo, view, stream, &scratch); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("view %d: %d values, the first %.3f\n", view, len(pixels), pixels[0])
	}
	// Output:
	// view 0: 3072 values, the first -2.118
	// view 1: 3072 values, the first -2.118
}

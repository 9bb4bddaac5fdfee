package backbones_test

import (
	"fmt"

	"github.com/kontrast-ml/kontrast/backbones"
)

// The width of the features is known before anything is built.
func ExampleFactory_New() {
	for _, f := range backbones.Builtin() {
		if f.Name != "vit-s" {
			continue
		}
		params := f.Defaults().(*backbones.ViTParams)
		params.Pooling = "mean"
		b, err := f.New(params, 32, 3)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(f.Name, b.FeatureDim())

		params.Heads = 5
		_, err = f.New(params, 32, 3)
		fmt.Println(err)
	}
	// Output:
	// vit-s 384
	// backbone vit-s: heads: 5 heads do not divide the width 384
}

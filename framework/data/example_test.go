package data_test

import (
	"context"
	"fmt"

	"github.com/kontrast-ml/kontrast/framework/data"
)

// Every dataset is opened through its factory, with the options of its Params struct.
func ExampleFactory() {
	for _, factory := range data.Builtin() {
		if factory.Name != "shapes" {
			continue
		}
		params := factory.Defaults().(*data.ShapesParams)
		params.Limit = 100
		dataset, err := factory.Open(context.Background(), params, data.Train, data.Env{})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(dataset.Len(), "images of", len(dataset.Classes()), "classes")
		fmt.Println(dataset.Classes())
	}
	// Output:
	// 100 images of 10 classes
	// [circle square triangle pentagon star cross ring heart crescent arrow]
}

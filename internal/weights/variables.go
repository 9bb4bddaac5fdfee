package weights

import (
	"strings"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/nn"
)

// Variables are the dimensions of a backbone's variables by their path below it,
// for images of that height and width. The graph is built and not run.
func Variables(backend compute.Backend, backbone framework.Backbone, size int) (map[string][]int, error) {
	return variables(backend, backbone, shapes.Make(dtypes.Float32, 1, size, size, 3))
}

// TextVariables are those of a backbone of texts of so many tokens.
func TextVariables(backend compute.Backend, backbone framework.Backbone, tokens int) (map[string][]int, error) {
	return variables(backend, backbone, shapes.Make(dtypes.Int32, 1, tokens))
}

func variables(backend compute.Backend, backbone framework.Backbone, input shapes.Shape) (map[string][]int, error) {
	store := model.NewStore()
	defer store.Finalize()
	err := nn.Catch(func() {
		g := graph.NewGraph(backend, "variables")
		defer g.Finalize()
		store.SetTraining(g, false)
		backbone.Embed(store.RootScope(), graph.Parameter(g, "input", input))
	})
	if err != nil {
		return nil, err
	}
	found := map[string][]int{}
	for v := range store.IterVariables() {
		if v.DType() == dtypes.Float32 {
			found[strings.TrimPrefix(v.Path(), "/")] = v.Shape().Dimensions
		}
	}
	return found, nil
}

package nn_test

import (
	"fmt"

	"github.com/gomlx/compute"
	_ "github.com/gomlx/compute/gobackend" // registers the backend "go"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework/nn"
)

// The projection head of SimCLR with a hidden layer of 8 units and an output of
// 4: no biases, since batch norm takes them away again.
func ExampleMLP() {
	head := func(scope *model.Scope, x *graph.Node) *graph.Node {
		linear, norm := nn.LinearConfig{NoBias: true}, &nn.BatchNormConfig{}
		return nn.L2Normalize(nn.MLP(scope.At("projector"), x,
			nn.MLPLayer{Out: 8, Linear: linear, Norm: norm, Activation: nn.ReLU},
			nn.MLPLayer{Out: 4, Linear: linear, Norm: norm}))
	}
	backend, err := compute.NewWithConfig("go")
	if err != nil {
		fmt.Println(err)
		return
	}
	store := model.NewStore()
	z, err := model.CallOnce(backend, store, head, [][]float32{{1, 2, 3}, {4, 5, 6}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(z.Shape())
	for v := range store.IterVariables() {
		if v.Trainable {
			fmt.Println(v.Path(), v.Shape())
		}
	}
	// Output:
	// (Float32)[2, 4]
	// /projector/linear0/weight (Float32)[3, 8]
	// /projector/norm0/weight (Float32)[8]
	// /projector/norm0/bias (Float32)[8]
	// /projector/linear1/weight (Float32)[8, 4]
	// /projector/norm1/weight (Float32)[4]
	// /projector/norm1/bias (Float32)[4]
}

// A panic while a graph is built becomes an error that says which layer it was.
func ExampleCatch() {
	backend, err := compute.NewWithConfig("go")
	if err != nil {
		fmt.Println(err)
		return
	}
	g := graph.NewGraph(backend, "example")
	scope := model.NewStore().RootScope().At("online")
	err = nn.Catch(func() {
		tokens := graph.Const(g, [][][]float32{{{1, 2, 3}, {4, 5, 6}}})
		nn.SelfAttention(scope.At("attn"), tokens, nn.AttentionConfig{Heads: 2})
	})
	fmt.Println(err)
	// Output:
	// layer /online/attn (self-attention): 2 heads do not divide a width of 3
}

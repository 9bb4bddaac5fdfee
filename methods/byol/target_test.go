package byol

import (
	"slices"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/framework/trainer"
	"github.com/kontrast-ml/kontrast/internal/testbackend"
	"github.com/kontrast-ml/kontrast/methodtest"
)

func TestTheTargetStartsOnItsOwn(t *testing.T) {
	method, err := New(Params{TargetMomentum: 0.99, HiddenDim: 16, OutputDim: 8, HeadBias: "hidden"})
	if err != nil {
		t.Fatal(err)
	}
	store := model.NewStore()
	defer store.Finalize()
	if err := nn.SetSeed(store, 1); err != nil {
		t.Fatal(err)
	}
	backbone := methodtest.ResNet(t)
	exec := model.MustNewExec(testbackend.New(t), store, func(root *model.Scope, x *graph.Node) *graph.Node {
		step := trainer.NewStep(trainer.Inputs{Root: root, Backbone: backbone, Views: []*graph.Node{x, x}})
		return method.Positives(step)[0].Positive
	})
	defer exec.Finalize()
	exec.MustCall(tensors.FromFlatDataAndDimensions(make([]float32, 2*16*16*3), 2, 16, 16, 3))
	compared := 0
	for target := range store.Scope("/momentum").IterVariables() {
		online := store.GetVariable("/online" + target.Path()[len("/momentum"):])
		if target.Name() != "weight" || target.Shape().Rank() < 2 {
			continue
		}
		compared++
		if slices.Equal(tensors.MustCopyFlatData[float32](target.MustValue()),
			tensors.MustCopyFlatData[float32](online.MustValue())) {
			t.Errorf("%s starts as a copy of the online network's", target.Path())
		}
	}
	if compared < 3 {
		t.Errorf("%d weights of the target compared, want those of backbone and head", compared)
	}
}

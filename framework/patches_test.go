package framework_test

import (
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/framework/trainer"
	"github.com/kontrast-ml/kontrast/internal/testbackend"
)

// Equal numbers keep their order, so that no place is empty.
func TestPermutationsTakeEveryPlaceOnce(t *testing.T) {
	got, err := graph.CallOnce(testbackend.New(t), framework.Permutations,
		[][]float32{{0.3, 0.1, 0.2, 0}, {0.5, 0.5, 0.1, 0.5}})
	if err != nil {
		t.Fatal(err)
	}
	want := [][]int32{{3, 1, 2, 0}, {2, 0, 1, 3}}
	for i, row := range got.Value().([][]int32) {
		for j, column := range row {
			if column != want[i][j] {
				t.Errorf("row %d is %v, want %v", i, row, want[i])
				break
			}
		}
	}
}

// grid is a backbone of 16 patches; it embeds nothing.
type grid struct{ framework.PatchBackbone }

func (grid) PatchSize() int { return 4 }

// plain is a backbone without patches.
type plain struct{ framework.Backbone }

func draw(t *testing.T, backbone framework.Backbone, seed int64, share float64) []*tensors.Tensor {
	t.Helper()
	store := model.NewStore()
	defer store.Finalize()
	exec := model.MustNewExec(testbackend.New(t), store, func(root *model.Scope, images, state *graph.Node) []*graph.Node {
		nn.SetRandomState(root, state)
		step := trainer.NewStep(trainer.Inputs{Root: root, Backbone: backbone, Views: []*graph.Node{images}})
		kept, dropped := step.RandomPatches(images, share)
		return []*graph.Node{kept, dropped}
	})
	defer exec.Finalize()
	state, err := graph.RNGStateFromSeed(seed)
	if err != nil {
		t.Fatal(err)
	}
	return exec.MustCall(tensors.FromFlatDataAndDimensions(make([]float32, 3*16*16*3), 3, 16, 16, 3), state)
}

func TestRandomPatchesAreEachKeptOrDropped(t *testing.T) {
	results := draw(t, grid{}, 1, 0.7)
	kept, dropped := results[0].Value().([][]int32), results[1].Value().([][]int32)
	for image := range kept {
		if len(kept[image]) != 4 || len(dropped[image]) != 12 {
			t.Fatalf("%d patches kept and %d dropped, want 4 and 12: 0.7 of 16 are 11.2", len(kept[image]), len(dropped[image]))
		}
		seen := map[int32]bool{}
		for _, patch := range append(kept[image], dropped[image]...) {
			seen[patch] = true
		}
		if len(seen) != 16 {
			t.Errorf("image %d: kept %v, dropped %v", image, kept[image], dropped[image])
		}
	}
	if again := draw(t, grid{}, 2, 0.7)[0]; again.Equal(results[0]) {
		t.Error("another state of the random numbers keeps the same patches")
	}
}

func TestPatchesNeedAVisionTransformer(t *testing.T) {
	defer func() {
		if err, ok := recover().(error); !ok || !strings.Contains(err.Error(), "choose a vision transformer") {
			t.Errorf("the error is %v", err)
		}
	}()
	draw(t, plain{}, 1, 0.5)
}

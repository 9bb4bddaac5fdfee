package framework

import (
	"slices"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/kontrast-ml/kontrast/internal/testbackend"
)

func TestInterleaveMixesThePartsAndRestores(t *testing.T) {
	x := tensors.FromFlatDataAndDimensions([]float32{0, 1, 2, 3, 4, 5, 6, 7}, 8, 1)
	got := graph.MustNewExec(testbackend.New(t), func(x *graph.Node) []*graph.Node {
		shuffled, restore := Interleave(x, 2)
		return []*graph.Node{shuffled, restore(shuffled)}
	}).MustCall(x)
	for i, want := range [][]float32{{0, 4, 1, 5, 2, 6, 3, 7}, {0, 1, 2, 3, 4, 5, 6, 7}} {
		if values := tensors.MustCopyFlatData[float32](got[i]); !slices.Equal(values, want) {
			t.Errorf("got %v, want %v", values, want)
		}
	}
}

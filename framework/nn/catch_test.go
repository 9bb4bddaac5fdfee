package nn

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

func TestCatchNamesTheLayer(t *testing.T) {
	store := model.NewStore()
	building(t, func(g *graph.Graph) {
		x := graph.Ones(g, shapes.Make(dtypes.Float32, 2, 4, 4, 3))
		for _, fault := range []struct {
			build func()
			path  string
			want  string
		}{
			{func() { Conv(store.Scope("/online/layer1").At("conv1"), x, 4, 7, ConvConfig{}) }, "/online/layer1/conv1",
				"an image of [4 4] pixels, padded by 0, is smaller than the 7×7 kernel"},
			{func() { Conv(store.Scope("/groups"), x, 4, 3, ConvConfig{Groups: 2}) }, "/groups",
				"2 groups do not divide 3 input and 4 output channels"},
			{func() {
				Linear(store.Scope("/twice"), x, 4, LinearConfig{})
				Linear(store.Scope("/twice"), x, 5, LinearConfig{})
			}, "/twice",
				`variable "/twice/weight" has shape (Float32)[3, 4], but this layer needs [3 5]: is the scope used by two layers?`},
			{func() { SelfAttention(store.Scope("/attn"), graph.Reshape(x, 2, 16, 3), AttentionConfig{Heads: 2}) }, "/attn",
				"2 heads do not divide a width of 3"},
			{func() {
				store.SetTraining(g, true)
				BatchNorm(store.Scope("/bn"), graph.Ones(g, shapes.Make(dtypes.Float32, 1, 3)), BatchNormConfig{})
			}, "/bn", "one value a channel has no variance to normalize by"},
			{func() { BatchNorm(WithBatchGroups(store.Scope("/split"), 3), x, BatchNormConfig{}) }, "/split",
				"a batch of 2 does not divide into 3 groups"},
			{func() { DropPath(store.Scope("/drop"), x, 0.1) }, "/drop", "call nn.SetRandomState"},
			{func() { DropPath(store.Scope("/drop"), x, math.NaN()) }, "/drop",
				"the probability to drop is NaN: it must be in [0, 1)"},
			{func() { Conv(store.Scope("/stride"), x, 4, 3, ConvConfig{Stride: -1}) }, "/stride",
				"stride -1, padding 0, 0 groups"},
			{func() { Conv(store.Scope("/kernel"), x, 4, 0, ConvConfig{}) }, "/kernel", "0×0 kernels"},
			{func() { Linear(store.Scope("/wide"), x, 1<<40, LinearConfig{}) }, "/wide",
				"a variable of the shape [3 1099511627776] can't be made"},
			{func() { Linear(store.Scope("/wider"), x, math.MaxInt, LinearConfig{}) }, "/wider", "choose a smaller width"},
			{func() { Linear(store.Scope("/narrow"), x, -4, LinearConfig{}) }, "/narrow", "no axis may be negative"},
		} {
			err := Catch(fault.build)
			var layer *LayerError
			if !errors.As(err, &layer) || layer.Scope != fault.path || !strings.Contains(err.Error(), fault.want) {
				t.Errorf("got error %v, want one of the layer %s with %q", err, fault.path, fault.want)
			}
		}
	})
	if err := Catch(func() {}); err != nil {
		t.Errorf("no panic: got error %v", err)
	}
	err := Catch(func() {
		var missing *graph.Node
		_ = missing.Shape().Dimensions[0]
	})
	if err == nil {
		t.Error("a run-time error is lost")
	}
	var values []int
	if err := Catch(func() { values[3] = 1 }); err == nil || !strings.Contains(err.Error(), "catch_test.go:") {
		t.Errorf("a run-time error does not say where it was: %v", err)
	}
}

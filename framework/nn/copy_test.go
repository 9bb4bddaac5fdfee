package nn

import (
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/internal/testbackend"
)

// encoder builds a network with parameters and buffers.
func encoder(scope *model.Scope, x *graph.Node) *graph.Node {
	return BatchNorm(scope.At("norm"), Linear(scope.At("linear"), x, 4, LinearConfig{}), BatchNormConfig{})
}

func TestCopyStartsEqualAndStaysUntrained(t *testing.T) {
	for _, order := range []string{"copy after the original", "copy before the original"} {
		store := model.NewStore()
		building(t, func(g *graph.Graph) {
			x := graph.Ones(g, shapes.Make(dtypes.Float32, 2, 3))
			online := store.Scope("/online")
			if order == "copy after the original" {
				encoder(online, x)
				moved := store.GetVariable("/online/linear/bias")
				if err := moved.SetValue(tensors.FromFlatDataAndDimensions([]float32{1, 2, 3, 4}, 4)); err != nil {
					t.Fatal(err)
				}
			}
			encoder(Copy(store.Scope("/momentum"), online), x)
			encoder(online, x)
		})
		for _, name := range []string{"/linear/weight", "/linear/bias", "/norm/weight", "/norm/running_mean"} {
			if !slices.Equal(value(t, store, "/online"+name), value(t, store, "/momentum"+name)) {
				t.Errorf("%s: %s differs", order, name)
			}
			if store.GetVariable("/momentum" + name).Trainable {
				t.Errorf("%s: %s of the copy is trainable", order, name)
			}
		}
		if !store.GetVariable("/online/linear/weight").Trainable {
			t.Errorf("%s: the original is not trainable", order)
		}
	}
}

func TestIndependentHasItsOwnStart(t *testing.T) {
	store := model.NewStore()
	building(t, func(g *graph.Graph) {
		encoder(store.Scope("/online"), graph.Ones(g, shapes.Make(dtypes.Float32, 2, 3)))
		Independent(store.Scope("/target"), store.Scope("/online"))
	})
	if slices.Equal(value(t, store, "/online/linear/weight"), value(t, store, "/target/linear/weight")) {
		t.Error("the weights are equal")
	}
	if store.GetVariable("/target/linear/weight").Trainable {
		t.Error("the target is trainable")
	}
}

func TestPairsListsParametersThatCanMove(t *testing.T) {
	store := model.NewStore()
	var got []string
	building(t, func(g *graph.Graph) {
		x := graph.Ones(g, shapes.Make(dtypes.Float32, 2, 3))
		online := store.Scope("/online")
		Linear(Frozen(online.At("patches")), x, 2, LinearConfig{})
		encoder(online, x)
		momentum := Copy(store.Scope("/momentum"), online)
		for _, pair := range Pairs(momentum, online) {
			got = append(got, pair[0].Path(), pair[1].Path())
		}
	})
	var want []string
	for _, name := range []string{"/linear/weight", "/linear/bias", "/norm/weight", "/norm/bias"} {
		want = append(want, "/momentum"+name, "/online"+name)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestCopyTakesLayersOfGoMLX(t *testing.T) {
	store := model.NewStore()
	if err := SetSeed(store, 1); err != nil {
		t.Fatal(err)
	}
	exec := model.MustNewExec(testbackend.New(t), store, func(root *model.Scope, x *graph.Node) []*graph.Node {
		online := root.At("online")
		y := layers.Dense(online, x, true, 4)
		if err := Catch(func() { Copy(root.At("early"), online) }); err == nil ||
			!strings.Contains(err.Error(), "call nn.Initialize first") {
			t.Errorf("copying variables without a value: got error %v", err)
		}
		Initialize(online, x.Graph())
		momentum := Copy(root.At("momentum"), online)
		z := layers.Dense(momentum, x, true, 4)
		if pairs := Pairs(momentum, online); len(pairs) != 2 || pairs[0][0].Trainable {
			t.Errorf("got pairs %v, want two that are not trainable", pairs)
		}
		return []*graph.Node{y, z}
	})
	got := exec.MustCall(tensors.FromFlatDataAndDimensions([]float32{1, 2, 3, 4, 5, 6}, 2, 3))
	if y, z := flat(got[0]), flat(got[1]); !slices.Equal(y, z) || y[0] == 0 {
		t.Errorf("the copy computes %v, the original %v", z, y)
	}
}

func TestCopyOfWhatContainsItIsRefused(t *testing.T) {
	store := model.NewStore()
	for _, of := range []string{"/", "/online", "/online/backbone"} {
		err := Catch(func() { Independent(store.Scope("/online/backbone"), store.Scope(of)) })
		if err == nil || !strings.Contains(err.Error(), "use scopes beside each other") {
			t.Errorf("copy of %q: got error %v", of, err)
		}
	}
}

package nn

import (
	"math"
	"slices"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/internal/golden"
	"github.com/kontrast-ml/kontrast/internal/testbackend"
)

func TestBatchGroupsAreSeparatePasses(t *testing.T) {
	x := make([]float32, 6*2)
	for i := range x {
		x[i] = float32(i*i%13) - 4
	}
	run := func(store *model.Store, build func(root *model.Scope, x *graph.Node) *graph.Node) []float32 {
		return flat(model.MustCallOnce(testbackend.New(t), store, func(root *model.Scope, x *graph.Node) *graph.Node {
			store.SetTraining(x.Graph(), true)
			return build(root, x)
		}, tensors.FromFlatDataAndDimensions(x, 6, 2)))
	}
	once, twice := model.NewStore(), model.NewStore()
	together := run(once, func(root *model.Scope, x *graph.Node) *graph.Node {
		return BatchNorm(WithBatchGroups(root, 2).At("norm"), x, BatchNormConfig{})
	})
	apart := run(twice, func(root *model.Scope, x *graph.Node) *graph.Node {
		first := BatchNorm(root.At("norm"), graph.Slice(x, graph.AxisRange(0, 3)), BatchNormConfig{})
		second := BatchNorm(root.At("norm"), graph.Slice(x, graph.AxisRange(3, 6)), BatchNormConfig{})
		return graph.Concatenate([]*graph.Node{first, second}, 0)
	})
	if golden.Distance(together, golden.List(apart...)) > 1e-6 {
		t.Errorf("in one pass %v, in two %v", together, apart)
	}
	for _, name := range []string{"/norm/running_mean", "/norm/running_var"} {
		if a, b := value(t, once, name), value(t, twice, name); golden.Distance(a, golden.List(b...)) > 1e-6 {
			t.Errorf("%s: in one pass %v, in two %v", name, a, b)
		}
	}
	whole := run(model.NewStore(), func(root *model.Scope, x *graph.Node) *graph.Node {
		return BatchNorm(WithBatchGroups(WithBatchGroups(root, 2), 1).At("norm"), x, BatchNormConfig{})
	})
	if golden.Distance(whole, golden.List(together...)) <= 1e-6 {
		t.Error("one group gives the same as two")
	}
}

func TestSplitBatchNormAveragesTheDevices(t *testing.T) {
	x := []float32{1, 2, 4, 8, -3, 5}
	run := func(values []float32, split int) *model.Store {
		store := model.NewStore()
		model.MustCallOnce(testbackend.New(t), store, func(root *model.Scope, x *graph.Node) *graph.Node {
			store.SetTraining(x.Graph(), true)
			return BatchNorm(WithSplitBatchNorm(root, split).At("norm"), x, BatchNormConfig{})
		}, tensors.FromFlatDataAndDimensions(values, len(values), 1))
		return store
	}
	both, first, second := run(x, 2), run(x[:3], 1), run(x[3:], 1)
	for _, name := range []string{"/norm/running_mean", "/norm/running_var"} {
		want := (value(t, first, name)[0] + value(t, second, name)[0]) / 2
		if got := value(t, both, name)[0]; math.Abs(float64(got-want)) > 1e-6 {
			t.Errorf("%s is %v, want the average over the devices, %v", name, got, want)
		}
	}
}

func TestDropPathDropsSamplesAndKeepsTheMean(t *testing.T) {
	const n, probability = 4000, 0.25
	ones := make([]float32, n*3)
	for i := range ones {
		ones[i] = 1
	}
	run := func(seed int64, training bool, scope func(root *model.Scope) *model.Scope) []float32 {
		store := model.NewStore()
		state, err := graph.RNGStateFromSeed(seed)
		if err != nil {
			t.Fatal(err)
		}
		return flat(model.MustCallOnce(testbackend.New(t), store, func(root *model.Scope, x, state *graph.Node) *graph.Node {
			store.SetTraining(x.Graph(), training)
			SetRandomState(root, state)
			return DropPath(scope(root), x, probability)
		}, tensors.FromFlatDataAndDimensions(ones, n, 3), state))
	}
	root := func(root *model.Scope) *model.Scope { return root }
	got := run(1, true, root)
	kept := 0
	for i := 0; i < len(got); i += 3 {
		if got[i] != got[i+1] || got[i] != got[i+2] {
			t.Fatalf("sample %d was dropped in part: %v", i/3, got[i:i+3])
		}
		if got[i] != 0 {
			kept++
			if math.Abs(float64(got[i])-1/(1-probability)) > 1e-6 {
				t.Fatalf("a branch that stays is scaled by %v, want %v", got[i], 1/(1-probability))
			}
		}
	}
	if share := float64(kept) / n; math.Abs(share-(1-probability)) > 4*math.Sqrt(probability*(1-probability)/n) {
		t.Errorf("%.3f of the samples stay, want %.3f", share, 1-probability)
	}
	if !slices.Equal(got, run(1, true, root)) {
		t.Error("the same state dropped other samples")
	}
	if slices.Equal(got, run(2, true, root)) {
		t.Error("another state dropped the same samples")
	}
	if !slices.Equal(ones, run(1, false, root)) {
		t.Error("something was dropped in evaluation")
	}
	if !slices.Equal(
		ones, run(1, true, func(root *model.Scope) *model.Scope { return Copy(root.At("teacher"), root.At("student")) }),
	) {
		t.Error("something was dropped in a momentum encoder")
	}
}

func TestL2NormalizeOfZeroHasAGradient(t *testing.T) {
	got := graph.MustNewExec(testbackend.New(t), func(x *graph.Node) *graph.Node {
		return graph.Gradient(graph.ReduceAllSum(L2Normalize(x)), x)[0]
	}).MustCall([][]float32{{0, 0, 0}})[0]
	for _, v := range flat(got) {
		if math.IsNaN(float64(v)) {
			t.Errorf("gradient at zero is %v", flat(got))
			break
		}
	}
}

func TestReLUPassesOnWhatIsNotANumber(t *testing.T) {
	nan := float32(math.NaN())
	got := flat(graph.MustNewExec(testbackend.New(t), ReLU).MustCall([]float32{nan, -1, 2})[0])
	if !math.IsNaN(float64(got[0])) || got[1] != 0 || got[2] != 2 {
		t.Errorf("got %v, want [NaN 0 2]", got)
	}
}

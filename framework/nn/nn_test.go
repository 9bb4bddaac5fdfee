package nn

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework/random"
	"github.com/kontrast-ml/kontrast/internal/testbackend"
)

// building runs f while a graph is built, without running the graph.
func building(t *testing.T, f func(g *graph.Graph)) {
	t.Helper()
	g := graph.NewGraph(testbackend.New(t), t.Name())
	defer g.Finalize()
	f(g)
}

func value(t *testing.T, store *model.Store, path string) []float32 {
	t.Helper()
	v := store.GetVariable(path)
	if v == nil {
		t.Fatalf("no variable %q", path)
	}
	return flat(v.MustValue())
}

func TestInitialValuesDependOnSeedAndPathOnly(t *testing.T) {
	start := func(seed uint64, first, path string) []float32 {
		store := model.NewStore()
		if err := SetSeed(store, seed); err != nil {
			t.Fatal(err)
		}
		building(t, func(g *graph.Graph) {
			Parameter(store.Scope(first), g, "weight", Normal(1), 5)
			Parameter(store.Scope(path), g, "weight", Normal(1), 20)
		})
		return value(t, store, path+"/weight")
	}
	same := start(3, "/a", "/online/conv")
	if !slices.Equal(same, start(3, "/b/c", "/online/conv")) {
		t.Error("what was created before changed the initial value")
	}
	if slices.Equal(same, start(4, "/a", "/online/conv")) {
		t.Error("another seed gave the same initial value")
	}
	if slices.Equal(same, start(3, "/a", "/online/conv2")) {
		t.Error("another path gave the same initial value")
	}
}

func TestInitsHaveTheirMoments(t *testing.T) {
	const fanIn, fanOut = 3 * 3 * 16, 3 * 3 * 64
	for name, check := range map[string]struct {
		init       Init
		std, limit float64
	}{
		"uniform":          {Uniform(0.3), 0.3 / math.Sqrt(3), 0.3},
		"normal":           {Normal(0.2), 0.2, math.Inf(1)},
		"truncated normal": {TruncatedNormal(0.02), 0.02, 2},
		"kaiming normal":   {KaimingNormal, math.Sqrt(2.0 / fanOut), math.Inf(1)},
		"kaiming uniform":  {KaimingUniform(math.Sqrt(5)), 1 / math.Sqrt(3*fanIn), 1 / math.Sqrt(fanIn)},
		"xavier uniform":   {XavierUniform(0), math.Sqrt(2.0 / (fanIn + fanOut)), math.Sqrt(6.0 / (fanIn + fanOut))},
		"xavier in parts":  {XavierUniform(3), math.Sqrt(2.0 / (fanIn + fanOut/3)), math.Sqrt(6.0 / (fanIn + fanOut/3))},
	} {
		values := make([]float32, 3*3*16*64)
		check.init(random.New(1), values, []int{3, 3, 16, 64})
		sum, squares, largest := 0.0, 0.0, 0.0
		for _, v := range values {
			sum += float64(v)
			squares += float64(v) * float64(v)
			largest = max(largest, math.Abs(float64(v)))
		}
		n := float64(len(values))
		if mean := sum / n; math.Abs(mean) > 4*check.std/math.Sqrt(n) {
			t.Errorf("%s: mean %.3g, want 0", name, mean)
		}
		if std := math.Sqrt(squares / n); math.Abs(std/check.std-1) > 0.03 {
			t.Errorf("%s: standard deviation %.4g, want %.4g", name, std, check.std)
		}
		if largest > check.limit {
			t.Errorf("%s: a value of %.4g, want at most %.4g", name, largest, check.limit)
		}
	}
	rows := make([]float32, 8*5)
	UnitVectors(random.New(1), rows, []int{8, 5})
	for i := 0; i < len(rows); i += 5 {
		length := 0.0
		for _, v := range rows[i : i+5] {
			length += float64(v) * float64(v)
		}
		if math.Abs(length-1) > 1e-6 {
			t.Errorf("a unit vector has length² %.7g", length)
		}
	}
}

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
				moved.MustSetValue(tensors.FromFlatDataAndDimensions([]float32{1, 2, 3, 4}, 4))
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
		if err := Catch(func() { Copy(root.At("early"), online) }); err == nil || !strings.Contains(err.Error(), "call nn.Initialize first") {
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
	got := exec.MustExec(tensors.FromFlatDataAndDimensions([]float32{1, 2, 3, 4, 5, 6}, 2, 3))
	if y, z := flat(got[0]), flat(got[1]); !slices.Equal(y, z) || y[0] == 0 {
		t.Errorf("the copy computes %v, the original %v", z, y)
	}
}

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
	if !slices.Equal(together, apart) {
		t.Errorf("in one pass %v, in two %v", together, apart)
	}
	for _, name := range []string{"/norm/running_mean", "/norm/running_var"} {
		if a, b := value(t, once, name), value(t, twice, name); !slices.Equal(a, b) {
			t.Errorf("%s: in one pass %v, in two %v", name, a, b)
		}
	}
	whole := run(model.NewStore(), func(root *model.Scope, x *graph.Node) *graph.Node {
		return BatchNorm(WithBatchGroups(WithBatchGroups(root, 2), 1).At("norm"), x, BatchNormConfig{})
	})
	if slices.Equal(whole, together) {
		t.Error("one group gives the same as two")
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
	if !slices.Equal(ones, run(1, true, func(root *model.Scope) *model.Scope { return Copy(root.At("teacher"), root.At("student")) })) {
		t.Error("something was dropped in a momentum encoder")
	}
}

func TestL2NormalizeOfZeroHasAGradient(t *testing.T) {
	got := graph.MustNewExec(testbackend.New(t), func(x *graph.Node) *graph.Node {
		return graph.Gradient(graph.ReduceAllSum(L2Normalize(x)), x)[0]
	}).MustExec([][]float32{{0, 0, 0}})[0]
	for _, v := range flat(got) {
		if math.IsNaN(float64(v)) {
			t.Errorf("gradient at zero is %v", flat(got))
			break
		}
	}
}

func TestReLUPassesOnWhatIsNotANumber(t *testing.T) {
	nan := float32(math.NaN())
	got := flat(graph.MustNewExec(testbackend.New(t), ReLU).MustExec([]float32{nan, -1, 2})[0])
	if !math.IsNaN(float64(got[0])) || got[1] != 0 || got[2] != 2 {
		t.Errorf("got %v, want [NaN 0 2]", got)
	}
}

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
			{func() { Conv(store.Scope("/groups"), x, 4, 3, ConvConfig{Groups: 2}) }, "/groups", "2 groups do not divide 3 input and 4 output channels"},
			{func() {
				Linear(store.Scope("/twice"), x, 4, LinearConfig{})
				Linear(store.Scope("/twice"), x, 5, LinearConfig{})
			}, "/twice", `variable "/twice/weight" has shape (Float32)[3, 4], but this layer needs [3 5]: is the scope used by two layers?`},
			{func() { SelfAttention(store.Scope("/attn"), graph.Reshape(x, 2, 16, 3), AttentionConfig{Heads: 2}) }, "/attn", "2 heads do not divide a width of 3"},
			{func() {
				store.SetTraining(g, true)
				BatchNorm(store.Scope("/bn"), graph.Ones(g, shapes.Make(dtypes.Float32, 1, 3)), BatchNormConfig{})
			}, "/bn", "one value a channel has no variance to normalise by"},
			{func() { BatchNorm(WithBatchGroups(store.Scope("/split"), 3), x, BatchNormConfig{}) }, "/split", "a batch of 2 does not divide into 3 groups"},
			{func() { DropPath(store.Scope("/drop"), x, 0.1) }, "/drop", "call nn.SetRandomState"},
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
	if err := Catch(func() { values[3] = 1 }); err == nil || !strings.Contains(err.Error(), "nn_test.go:") {
		t.Errorf("a run-time error does not say where it was: %v", err)
	}
}

package nn

import (
	"math"
	"slices"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
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

package framework_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/internal/golden"
	"github.com/kontrast-ml/kontrast/internal/testbackend"
)

func TestHardestAreTheLargest(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	const rows, keys, n = 5, 200, 17
	values := make([][]float32, rows)
	for i := range values {
		values[i] = make([]float32, keys)
		for j := range values[i] {
			values[i][j] = float32(2*random.Float64() - 1)
		}
	}
	for j := range values[4] { // all the same
		values[4][j] = 1
	}
	got, err := graph.CallOnce(
		testbackend.New(t), func(x *graph.Node) *graph.Node { return framework.Hardest(x, n) }, values,
	)
	if err != nil {
		t.Fatal(err)
	}
	for i, columns := range got.Value().([][]int32) {
		want := make([]int32, keys)
		for j := range want {
			want[j] = int32(j)
		}
		slices.SortStableFunc(want, func(a, b int32) int {
			switch {
			case values[i][a] > values[i][b]:
				return -1
			case values[i][a] < values[i][b]:
				return 1
			}
			return 0
		})
		want = want[:n]
		slices.Sort(want)
		if !slices.Equal(columns, want) {
			t.Errorf("row %d: columns %v, want %v", i, columns, want)
		}
	}
}

func TestSphericalKMeansFindsGroups(t *testing.T) {
	x := [][]float32{{1, 0}, {0.8, 0.6}, {0.6, 0.8}, {0, 1}, {-0.6, -0.8}, {-1, 0}}
	got, err := graph.CallOnceN(testbackend.New(t), func(x, start *graph.Node) []*graph.Node {
		centroids, clusters := framework.SphericalKMeans(x, start, 3)
		return []*graph.Node{centroids, clusters}
	}, x, [][]float32{{1, 0}, {-1, 0}, {0, -1}})
	if err != nil {
		t.Fatal(err)
	}
	// The third centroid gets (-0.6, -0.8) alone.
	if clusters := got[1].Value().([]int32); !slices.Equal(clusters, []int32{0, 0, 0, 0, 2, 1}) {
		t.Errorf("clusters %v", clusters)
	}
	if c := got[0].Value().([][]float32); c[1][0] != -1 || c[0][0] < 0.7 || c[0][0] > 0.72 {
		t.Errorf("centroids %v", c)
	}
}

func TestSphericalKMeansIsDeepClustersOne(t *testing.T) {
	c := golden.Load(t, "kmeans_spherical").Case(t, "kmeans")
	input := func(name string) *tensors.Tensor {
		x := c.Input(t, name)
		return tensors.FromFlatDataAndDimensions(x.Float32(), x.Shape...)
	}
	got, err := graph.CallOnceN(testbackend.New(t), func(x, start *graph.Node) []*graph.Node {
		centroids, clusters := framework.SphericalKMeans(x, start, golden.Decode[int](t, c.Params, "iterations"))
		return []*graph.Node{graph.Reshape(centroids, -1), clusters}
	}, input("x"), input("centroids"))
	if err != nil {
		t.Fatal(err)
	}
	golden.Near(t, "centroids", got[0].Value().([]float32), c.Output(t, "centroids"), 1e-5)
	for i, want := range c.Output(t, "clusters").Ints() {
		if cluster := got[1].Value().([]int32)[i]; int(cluster) != int(want) {
			t.Errorf("vector %d is in cluster %d, want %d", i, cluster, want)
		}
	}
}

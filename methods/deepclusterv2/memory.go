package deepclusterv2

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/loss"
	"github.com/kontrast-ml/kontrast/framework/nn"
)

// remembered are the kept embeddings of the large crops.
const remembered = "remembered"

func (m *method) bank(s *framework.Step, crop int) *framework.Bank {
	return s.Bank(fmt.Sprintf("bank%d", crop), m.OutputDim)
}

// centroids are those of a clustering, [K, D], random ones at first.
func (m *method) centroids(s *framework.Step, i int) *graph.Node {
	return graph.StopGradient(m.centroidsOf(s, i).NodeValue(s.Graph))
}

func (m *method) centroidsOf(s *framework.Step, i int) *model.Variable {
	return nn.Buffer(s.State().At("clustering%d", i), "centroids", nn.UnitVectors, m.Clusters, m.OutputDim)
}

// clustersOf are the clusters of all samples, [M], as whole float32 numbers.
func (m *method) clustersOf(s *framework.Step, i int) *model.Variable {
	return nn.Buffer(s.State().At("clustering%d", i), "clusters", nn.Zeros, s.Samples)
}

func (m *method) setClustering(s *framework.Step, i int, centroids, clusters *graph.Node) {
	m.centroidsOf(s, i).SetNodeValue(centroids)
	m.clustersOf(s, i).SetNodeValue(graph.ConvertDType(clusters, dtypes.Float32))
}

// assigned are the clusters of the batch's samples, [N] int32. In the first epoch,
// when there are none yet, it is the centroid that is nearest to the first crop: the
// official code fills its memory in a pass over all samples before the training.
func (m *method) assigned(s *framework.Step, i int, first *graph.Node) *graph.Node {
	all := m.clustersOf(s, i).NodeValue(s.Graph)
	kept := graph.ConvertDType(graph.Gather(all, graph.ExpandAxes(s.Indices, -1)), dtypes.Int32)
	_, nearest := loss.Neighbors(first, m.centroids(s, i))
	there := graph.BroadcastToDims(s.Switch(clustered), kept.Shape().Dimensions...)
	return graph.Where(there, kept, nearest)
}

// repeated is x [N] once for each crop, [V·N].
func repeated(x *graph.Node, crops int) *graph.Node {
	all := make([]*graph.Node, crops)
	for i := range all {
		all[i] = x
	}
	return graph.Concatenate(all, 0)
}

// isColumn is true in the column of each row that is given, [N, K] bool.
func isColumn(x, columns *graph.Node) *graph.Node {
	d := x.Shape().Dimensions
	at := graph.Iota(x.Graph(), shapes.Make(dtypes.Int32, d...), 1)
	return graph.Equal(at, graph.BroadcastToDims(graph.ExpandAxes(columns, 1), d...))
}

package framework

import (
	"github.com/gomlx/gomlx/core/graph"

	"github.com/kontrast-ml/kontrast/framework/nn"
)

// Prototypes are trained unit vectors that embeddings are compared with, the
// cluster centers of SwAV (Caron et al. 2020, arXiv:2006.09882, §3.1).
type Prototypes struct {
	weight *graph.Node // [D, K]
}

// Prototypes returns the K prototypes of width dim of the online encoder,
// scaled to length 1 in place: what the last step's gradient did to their
// length is undone, and this step's is that of the scaled ones. They are marked
// as [PrototypesPart].
func (s *Step) Prototypes(count, dim int) *Prototypes {
	scope := s.Online().At("prototypes")
	s.Mark(scope, PrototypesPart)
	weight := nn.Parameter(scope, s.Graph, "weight", nn.KaimingUniform(sqrt5), dim, count)
	squares := graph.ReduceAndKeep(graph.Square(weight), graph.ReduceSum, 0)
	unit := graph.Div(weight, graph.Sqrt(graph.MaxScalar(squares, 1e-24)))
	variable := scope.GetVariable("weight")
	variable.SetNodeValue(unit)
	return &Prototypes{weight: unit}
}

const sqrt5 = 2.2360679774997896964 // PyTorch's default start of linear layers

// Scores are the inner products of embeddings [N, D] with the prototypes, [N, K].
func (p *Prototypes) Scores(z *graph.Node) *graph.Node { return graph.DotProduct(z, p.weight) }

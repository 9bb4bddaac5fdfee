package passes

import (
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/kontrast-ml/kontrast/engine/ir"
	"github.com/kontrast-ml/kontrast/engine/passes/fuse"
	"github.com/kontrast-ml/kontrast/engine/passes/internal/sketch"
)

// dense adds x·w [6, 8], reshaped to [2, 3, 8], and a bias as a tensor of that shape.
func dense(s sketch.Graph) (product, bias *ir.Value) {
	x, w, b := s.Param(6, 4), s.Param(4, 8), s.Param(8)
	dot := s.Op(
		compute.OpTypeDotGeneral, ir.Dot{LHSContracting: []int{1}, RHSContracting: []int{0}}, sketch.Float(6, 8), x, w,
	)
	out := sketch.Float(2, 3, 8)
	return s.Op(compute.OpTypeReshape, nil, out, dot),
		s.Op(compute.OpTypeBroadcastInDim, ir.Broadcast{Axes: []int{2}}, out, b)
}

func join(s sketch.Graph, outputs ...*ir.Value) {
	s.Outputs = outputs
	DeadCode(s.Graph)
	fuse.Fuse(s.Graph)
	DeadCode(s.Graph)
	FuseEpilogues(s.Graph)
}

func TestJoinLoopsToProducts(t *testing.T) {
	s := sketch.New()
	product, bias := dense(s)
	join(s, s.Op(compute.OpTypeTanh, nil, product.Shape, s.Add(product, bias)))
	s.Check(t, `
		f(%0, %1, %2)
		%0 = Parameter() (Float32)[6, 4]
		%1 = Parameter() (Float32)[4, 8]
		%2 = Parameter() (Float32)[8]
		%3 = DotEpilogue(%0, %1, %2) (Float32)[2, 3, 8]
		return %3
	`)
}

// The product stays if others read it, as the gradient of an activation does, also through a reshape that came before.
func TestJoinedProductIsKept(t *testing.T) {
	s := sketch.New()
	product, bias := dense(s)
	join(s, s.Op(compute.OpTypeTanh, nil, product.Shape, s.Add(product, bias)), product)
	s.Check(t, `
		f(%0, %1, %2)
		%0 = Parameter() (Float32)[6, 4]
		%1 = Parameter() (Float32)[4, 8]
		%2 = Parameter() (Float32)[8]
		%3, %4 = DotEpilogue(%0, %1, %2) (Float32)[6, 8] (Float32)[2, 3, 8]
		%5 = Reshape(%3) (Float32)[2, 3, 8]
		return %4, %5
	`)
}

func TestJoinLoopsToProductsKeepsOthers(t *testing.T) {
	neg := func(s sketch.Graph, v *ir.Value) *ir.Value { return s.Op(compute.OpTypeNeg, nil, v.Shape, v) }
	for name, build := range map[string]func(s sketch.Graph) []*ir.Value{
		"a reduction of columns": func(s sketch.Graph) []*ir.Value {
			product, bias := dense(s)
			return []*ir.Value{s.Op(compute.OpTypeReduceSum, ir.Axes{Axes: []int{0, 1}}, sketch.Float(8), s.Add(product, bias))}
		},
		"a product that is read before": func(s sketch.Graph) []*ir.Value {
			product, bias := dense(s)
			reversed := s.Op(compute.OpTypeReverse, ir.Axes{Axes: []int{0}}, product.Shape, product)
			return []*ir.Value{s.Add(s.Add(product, bias), reversed)}
		},
		"a product that is read transposed": func(s sketch.Graph) []*ir.Value {
			product, _ := dense(s)
			return []*ir.Value{
				neg(s, s.Op(compute.OpTypeTranspose, ir.Transpose{Permutation: []int{2, 0, 1}}, sketch.Float(8, 2, 3), product)),
			}
		},
		"a product that is read twice": func(s sketch.Graph) []*ir.Value {
			a := s.Param(4, 4)
			dot := s.Op(
				compute.OpTypeDotGeneral, ir.Dot{LHSContracting: []int{1}, RHSContracting: []int{0}}, sketch.Float(4, 4), a, a,
			)
			turned := s.Op(compute.OpTypeTranspose, ir.Transpose{Permutation: []int{1, 0}}, sketch.Float(4, 4), dot)
			return []*ir.Value{s.Add(dot, turned)}
		},
		"a product added up in float64": func(s sketch.Graph) []*ir.Value {
			a, b := s.Param(4, 4), s.Param(4, 4)
			d := ir.Dot{LHSContracting: []int{1}, RHSContracting: []int{0}, Accumulator: dtypes.Float64}
			return []*ir.Value{neg(s, s.Op(compute.OpTypeDotGeneral, d, sketch.Float(4, 4), a, b))}
		},
		"a product of batches": func(s sketch.Graph) []*ir.Value {
			a, b := s.Param(2, 3, 4), s.Param(2, 4, 5)
			d := ir.Dot{LHSBatch: []int{0}, RHSBatch: []int{0}, LHSContracting: []int{2}, RHSContracting: []int{1}}
			return []*ir.Value{neg(s, s.Op(compute.OpTypeDotGeneral, d, sketch.Float(2, 3, 5), a, b))}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := sketch.New()
			join(s, build(s)...)
			for _, n := range s.Nodes {
				if n.Op == ir.OpDotEpilogue {
					t.Errorf("joined:\n%s", s.String())
				}
			}
		})
	}
}

package passes

import (
	"testing"

	"github.com/gomlx/compute"

	"github.com/kontrast-ml/kontrast/engine/ir"
	"github.com/kontrast-ml/kontrast/engine/passes/internal/sketch"
)

// productAndTranspose is dyᵀ·x, as differentiation has it, and its transpose, which has the shape of the weights.
func productAndTranspose(s sketch.Graph) (product, transposed *ir.Value) {
	x, dy := s.Unary(compute.OpTypeTanh, s.Param(6, 3)), s.Unary(compute.OpTypeTanh, s.Param(6, 5))
	product = s.Op(
		compute.OpTypeDotGeneral, ir.Dot{LHSContracting: []int{0}, RHSContracting: []int{0}}, sketch.Float(5, 3), dy, x,
	)
	return product, s.Transpose(product, 1, 0)
}

func TestTransposeProducts(t *testing.T) {
	s := sketch.New()
	_, transposed := productAndTranspose(s)
	s.Outputs = []*ir.Value{s.Unary(compute.OpTypeNeg, transposed)}
	TransposeProducts(s.Graph)
	DeadCode(s.Graph)
	s.Check(t, `
		f(%0, %1)
		%0 = Parameter() (Float32)[6, 3]
		%2 = Tanh(%0) (Float32)[6, 3]
		%1 = Parameter() (Float32)[6, 5]
		%3 = Tanh(%1) (Float32)[6, 5]
		%4 = DotGeneral(%2, %3) (Float32)[3, 5]
		%5 = Neg(%4) (Float32)[3, 5]
		return %5
	`)
}

// The axes of a batch stay in front, those that are contracted go with their operand.
func TestTransposeProductsOfBatches(t *testing.T) {
	s := sketch.New()
	a, b := s.Unary(compute.OpTypeNeg, s.Param(2, 7, 4, 3)), s.Unary(compute.OpTypeNeg, s.Param(7, 2, 5))
	d := ir.Dot{LHSBatch: []int{0}, LHSContracting: []int{1}, RHSBatch: []int{1}, RHSContracting: []int{0}}
	product := s.Op(compute.OpTypeDotGeneral, d, sketch.Float(2, 4, 3, 5), a, b)
	s.Outputs = []*ir.Value{s.Transpose(product, 0, 3, 1, 2)}
	TransposeProducts(s.Graph)
	dot := s.Outputs[0].Producer
	got, ok := dot.Attrs.(ir.Dot)
	if !ok || dot.Inputs[0] != b || dot.Inputs[1] != a || got.LHSBatch[0] != 1 || got.LHSContracting[0] != 0 ||
		got.RHSBatch[0] != 0 || got.RHSContracting[0] != 1 {
		t.Errorf("became\n%swith %+v", s.String(), dot.Attrs)
	}
}

func TestTransposeProductsKeepsOthers(t *testing.T) {
	for name, build := range map[string]func(s sketch.Graph) []*ir.Value{
		"a product that others read": func(s sketch.Graph) []*ir.Value {
			product, transposed := productAndTranspose(s)
			return []*ir.Value{transposed, s.Unary(compute.OpTypeNeg, product)}
		},
		"a product with weights": func(s sketch.Graph) []*ir.Value {
			x, w := s.Unary(compute.OpTypeTanh, s.Param(6, 3)), s.Param(3, 5)
			product := s.Op(
				compute.OpTypeDotGeneral, ir.Dot{LHSContracting: []int{1}, RHSContracting: []int{0}}, sketch.Float(6, 5), x, w,
			)
			return []*ir.Value{s.Transpose(product, 1, 0)}
		},
		"another order of the axes": func(s sketch.Graph) []*ir.Value {
			a, b := s.Unary(compute.OpTypeTanh, s.Param(7, 4, 3)), s.Unary(compute.OpTypeTanh, s.Param(7, 5))
			product := s.Op(
				compute.OpTypeDotGeneral, ir.Dot{LHSContracting: []int{0}, RHSContracting: []int{0}}, sketch.Float(4, 3, 5), a, b,
			)
			return []*ir.Value{s.Transpose(product, 1, 0, 2)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := sketch.New()
			s.Outputs = build(s)
			s.CheckKept(t, TransposeProducts)
		})
	}
}

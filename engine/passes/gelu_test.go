package passes

import (
	"math"
	"strings"
	"testing"

	"github.com/gomlx/compute"

	"github.com/kontrast-ml/kontrast/engine/ir"
	"github.com/kontrast-ml/kontrast/engine/passes/internal/sketch"
)

// normal adds the distribution function of x as GoMLX writes it, and returns the argument of erf, too.
func normal(s sketch.Graph, x *ir.Value, scale float32) (phi, u *ir.Value) {
	u = s.Mul(x, s.Scalar(scale))
	erf := s.Op(compute.OpTypeErf, nil, x.Shape, u)
	return s.Mul(s.Add(erf, s.Scalar(1)), s.Scalar(0.5)), u
}

// geluGrad adds the gradient of x·phi as GoMLX writes it.
func geluGrad(s sketch.Graph, x, dy, phi, u *ir.Value, factor float32) *ir.Value {
	return s.Add(s.Mul(dy, phi), bell(s, x, dy, u, factor))
}

// bell adds the second term of the gradient.
func bell(s sketch.Graph, x, dy, u *ir.Value, factor float32) *ir.Value {
	bell := s.Op(compute.OpTypeExp, nil, x.Shape, s.Op(compute.OpTypeNeg, nil, x.Shape, s.Mul(u, u)))
	slope := s.Mul(s.Mul(s.Mul(dy, x), s.Scalar(0.5)), s.Mul(bell, s.Scalar(factor)))
	return s.Mul(slope, s.Scalar(math.Sqrt2/2))
}

const bellFactor = 2 / math.SqrtPi

func TestRecognizeGelu(t *testing.T) {
	s := sketch.New()
	x, dy := s.Param(4), s.Param(4)
	phi, u := normal(s, x, math.Sqrt2/2)
	s.Outputs = []*ir.Value{s.Mul(x, phi), geluGrad(s, x, dy, phi, u, bellFactor)}
	RecognizeGelu(s.Graph)
	DeadCode(s.Graph)
	s.Check(t, `
		f(%0, %1)
		%0 = Parameter() (Float32)[4]
		%1 = Parameter() (Float32)[4]
		%2 = Gelu(%0) (Float32)[4]
		%3 = GeluGrad(%0, %1) (Float32)[4]
		return %2, %3
	`)
}

// The gradient's factor may itself be a product, also of x.
func TestRecognizeGeluBehindProducts(t *testing.T) {
	s := sketch.New()
	x, mask := s.Param(4), s.Param(4)
	phi, u := normal(s, x, math.Sqrt2/2)
	s.Outputs = []*ir.Value{geluGrad(s, x, s.Mul(x, s.Mul(mask, s.Scalar(0.5))), phi, u, bellFactor)}
	RecognizeGelu(s.Graph)
	if !strings.Contains(s.String(), "GeluGrad") {
		t.Errorf("not recognized:\n%s", s.Graph)
	}
}

func TestRecognizeGeluKeepsOthers(t *testing.T) {
	tests := map[string]func(s sketch.Graph, x, y *ir.Value) *ir.Value{
		"another scale": func(s sketch.Graph, x, _ *ir.Value) *ir.Value {
			phi, _ := normal(s, x, 0.7)
			return s.Mul(x, phi)
		},
		"another gate": func(s sketch.Graph, x, y *ir.Value) *ir.Value {
			phi, _ := normal(s, x, math.Sqrt2/2)
			return s.Mul(y, phi)
		},
		"gradient with another factor": func(s sketch.Graph, x, y *ir.Value) *ir.Value {
			phi, u := normal(s, x, math.Sqrt2/2)
			return geluGrad(s, x, y, phi, u, 1)
		},
		"gradient with another argument": func(s sketch.Graph, x, y *ir.Value) *ir.Value {
			phi, _ := normal(s, x, math.Sqrt2/2)
			return geluGrad(s, x, y, phi, x, bellFactor)
		},
		"gradient of two different factors": func(s sketch.Graph, x, y *ir.Value) *ir.Value {
			phi, u := normal(s, x, math.Sqrt2/2)
			return s.Add(s.Mul(s.Mul(y, y), phi), bell(s, x, y, u, bellFactor))
		},
	}
	for name, build := range tests {
		t.Run(name, func(t *testing.T) {
			s := sketch.New()
			s.Outputs = []*ir.Value{build(s, s.Param(4), s.Param(4))}
			s.CheckKept(t, RecognizeGelu)
		})
	}
}

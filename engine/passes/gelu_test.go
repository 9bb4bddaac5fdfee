package passes

import (
	"math"
	"strings"
	"testing"

	"github.com/gomlx/compute"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

// normal adds the distribution function of x as GoMLX writes it, and returns the argument of erf, too.
func (s sketch) normal(x *ir.Value, scale float32) (phi, u *ir.Value) {
	u = s.mul(x, s.scalar(scale))
	erf := s.op(compute.OpTypeErf, nil, x.Shape, u)
	return s.mul(s.add(erf, s.scalar(1)), s.scalar(0.5)), u
}

// geluGrad adds the gradient of x·phi as GoMLX writes it.
func (s sketch) geluGrad(x, dy, phi, u *ir.Value, factor float32) *ir.Value {
	return s.add(s.mul(dy, phi), s.bell(x, dy, u, factor))
}

// bell adds the second term of the gradient.
func (s sketch) bell(x, dy, u *ir.Value, factor float32) *ir.Value {
	bell := s.op(compute.OpTypeExp, nil, x.Shape, s.op(compute.OpTypeNeg, nil, x.Shape, s.mul(u, u)))
	slope := s.mul(s.mul(s.mul(dy, x), s.scalar(0.5)), s.mul(bell, s.scalar(factor)))
	return s.mul(slope, s.scalar(math.Sqrt2/2))
}

const bellFactor = 2 / math.SqrtPi

func TestRecognizeGelu(t *testing.T) {
	s := newSketch()
	x, dy := s.param(4), s.param(4)
	phi, u := s.normal(x, math.Sqrt2/2)
	s.Outputs = []*ir.Value{s.mul(x, phi), s.geluGrad(x, dy, phi, u, bellFactor)}
	RecognizeGelu(s.Graph)
	DeadCode(s.Graph)
	s.check(t, `
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
	s := newSketch()
	x, mask := s.param(4), s.param(4)
	phi, u := s.normal(x, math.Sqrt2/2)
	s.Outputs = []*ir.Value{s.geluGrad(x, s.mul(x, s.mul(mask, s.scalar(0.5))), phi, u, bellFactor)}
	RecognizeGelu(s.Graph)
	if !strings.Contains(s.String(), "GeluGrad") {
		t.Errorf("not recognised:\n%s", s.Graph)
	}
}

func TestRecognizeGeluKeepsOthers(t *testing.T) {
	tests := map[string]func(s sketch, x, y *ir.Value) *ir.Value{
		"another scale": func(s sketch, x, _ *ir.Value) *ir.Value {
			phi, _ := s.normal(x, 0.7)
			return s.mul(x, phi)
		},
		"another gate": func(s sketch, x, y *ir.Value) *ir.Value {
			phi, _ := s.normal(x, math.Sqrt2/2)
			return s.mul(y, phi)
		},
		"gradient with another factor": func(s sketch, x, y *ir.Value) *ir.Value {
			phi, u := s.normal(x, math.Sqrt2/2)
			return s.geluGrad(x, y, phi, u, 1)
		},
		"gradient with another argument": func(s sketch, x, y *ir.Value) *ir.Value {
			phi, _ := s.normal(x, math.Sqrt2/2)
			return s.geluGrad(x, y, phi, x, bellFactor)
		},
		"gradient of two different factors": func(s sketch, x, y *ir.Value) *ir.Value {
			phi, u := s.normal(x, math.Sqrt2/2)
			return s.add(s.mul(s.mul(y, y), phi), s.bell(x, y, u, bellFactor))
		},
	}
	for name, build := range tests {
		t.Run(name, func(t *testing.T) {
			s := newSketch()
			s.Outputs = []*ir.Value{build(s, s.param(4), s.param(4))}
			before := s.String()
			RecognizeGelu(s.Graph)
			if after := s.String(); after != before {
				t.Errorf("got\n%s\nwant\n%s", after, before)
			}
		})
	}
}

package golden

import (
	"fmt"
	"math"
	"testing"
)

// Filled describes a tensor that is not stored but generated: element i is
// Fill(seed, Order, i, Scale, Offset), row-major in the reference's layout.
type Filled struct {
	Name      string
	Shape     []int
	Order     uint64
	Scale     float64
	Offset    float64
	Trainable bool
}

// Tensor generates the values for the case's fill seed.
func (f Filled) Tensor(seed uint64) Tensor {
	size := 1
	for _, n := range f.Shape {
		size *= n
	}
	out := Tensor{Shape: f.Shape, Data: make([]float64, size)}
	key := fillKey(seed, f.Order)
	for i := range out.Data {
		out.Data[i] = float64(fill(key, i, f.Scale, f.Offset))
	}
	return out
}

// Filled decodes a list of generated tensors, such as Params["parameters"] or Params["buffers"].
func (c *Case) Filled(t testing.TB, key string) []Filled {
	t.Helper()
	return Decode[[]Filled](t, c.Params, key)
}

const goldenRatio = 0x9E3779B97F4A7C15

func mix64(z uint64) uint64 {
	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9
	z = (z ^ (z >> 27)) * 0x94D049BB133111EB
	return z ^ (z >> 31)
}

func fillKey(seed, order uint64) uint64 {
	return mix64(mix64(seed+goldenRatio) + (order+1)*goldenRatio)
}

func fill(key uint64, i int, scale, offset float64) float32 {
	u := float64(mix64(key+uint64(i+1)*goldenRatio)>>11) * (1.0 / (1 << 53))
	v := float64(scale * (2*u - 1)) // the conversion forbids a fused multiply-add
	return float32(offset + v)
}

// Summary stands for a tensor too big to store.
type Summary struct {
	L2, Sum float64
	First   Tensor   // the first 8 values, flat
	Dot     *float64 // with the fill of order 2000000 + the tensor's order, scale 1, offset 0; nil for none
}

// Near fails the test if x, in the reference's layout, is further from the
// summarized tensor than the tolerance. The order is the tensor's in the fill
// of that seed; it matters only where there is a Dot.
func (s Summary) Near(t testing.TB, what string, x Tensor, seed, order uint64, tolerance float64) {
	t.Helper()
	var sum, squares, dot float64
	key := fillKey(seed, 2000000+order)
	for i, v := range x.Data {
		sum += v
		squares += v * v
		dot += v * float64(fill(key, i, 1, 0))
	}
	n := math.Sqrt(float64(len(x.Data)))
	check := func(part string, got, want, scale float64) {
		t.Helper()
		if d := math.Abs(got - want); !(d <= tolerance*scale) {
			t.Errorf("%s: %s is %.9g, want %.9g: off by %.3g of %.3g (tolerance %.3g)",
				what, part, got, want, d/scale, scale, tolerance)
		}
	}
	if len(x.Data) < len(s.First.Data) {
		t.Errorf("%s: got %d values, want at least %d", what, len(x.Data), len(s.First.Data))
		return
	}
	check("the norm", math.Sqrt(squares), s.L2, s.L2)
	check("the sum", sum, s.Sum, s.L2*n)
	if s.Dot != nil {
		check("the dot product", dot, *s.Dot, s.L2*n)
	}
	largest := s.L2 / n
	for _, v := range s.First.Data {
		largest = max(largest, math.Abs(v))
	}
	for i, v := range s.First.Data {
		check(fmt.Sprintf("value %d", i), x.Data[i], v, largest)
	}
}

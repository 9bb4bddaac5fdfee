package golden

import "testing"

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
	First   []float64 // the first 8 values, flat
	Dot     float64   // with the fill of order 2000000 + the tensor's order, scale 1, offset 0
}
